#!/usr/bin/env bash
# Brings what no Python package carries: a Chromium, openssl, fonts for the scripts that pages are written in, and a
# reader for text in pictures.
# Usage: scripts/system.sh BIN_DIRECTORY. Installs only what is missing; says plainly what it could not install.
set -u
bin=${1:-.venv/bin}

have_browser() {
    timeout 60 "$bin/python" -c 'from crawler.browser import open_browser
with open_browser("http://127.0.0.1:9") as browser:
    browser.new_page().close()' >/dev/null 2>&1
}
have_fonts() { fc-list ':lang=hi' family 2>/dev/null | grep -q . && fc-list ':lang=ar' family 2>/dev/null | grep -q .; }

reader_languages=(eng hin por spa ind ara urd)
have_reader() {
    local there
    there=$(tesseract --list-langs 2>/dev/null) || return 1
    for language in "${reader_languages[@]}"; do grep -qx "$language" <<<"$there" || return 1; done
}

install_packages() {
    command -v apt-get >/dev/null || { echo "cannot install $*: this is not a Debian or Ubuntu; install them by hand" >&2; return 1; }
    local as=()
    if [ "$(id -u)" -ne 0 ]; then
        sudo -n true 2>/dev/null || { echo "please run: sudo apt-get install $*" >&2; return 1; }
        as=(sudo -n)
    fi
    "${as[@]}" apt-get update -qq && DEBIAN_FRONTEND=noninteractive "${as[@]}" apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

command -v openssl >/dev/null || { echo "installing openssl"; install_packages openssl || exit 1; }
command -v fc-list >/dev/null || { echo "installing fontconfig"; install_packages fontconfig || true; }
if ! have_reader; then
    echo "installing a reader for text in pictures"
    install_packages tesseract-ocr $(printf 'tesseract-ocr-%s ' "${reader_languages[@]}") ||
        echo "going on without: pages whose offer stands in a picture go to a person unread" >&2
fi
have_fonts || { echo "installing fonts"; install_packages fonts-noto-core || echo "going on without: Hindi and Arabic will show as boxes in screenshots" >&2; }

if ! have_browser; then
    echo "looking for Playwright's own Chromium"
    timeout 300 "$bin/playwright" install chromium >/dev/null 2>&1
    have_browser || { echo "not to be had; installing the system's Chromium"; install_packages chromium || install_packages chromium-browser; }
fi
have_browser || { echo "no Chromium could be started: install one, or set capture.chromium in offsignal.toml; 'offsignal doctor' says more" >&2; exit 1; }
