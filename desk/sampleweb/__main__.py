"""``python -m desk.sampleweb --port N --night 1``: runs the sample web by hand until it is interrupted."""

from __future__ import annotations

import argparse
import sys

from desk.sampleweb.server import SampleWeb


def main() -> None:
    """Serves until interrupted; says on stdout where, and how a browser reaches the names."""
    parser = argparse.ArgumentParser(prog="python -m desk.sampleweb", description=__doc__)
    parser.add_argument("--port", type=int, default=18480, help="loopback port; 0 takes a free one")
    parser.add_argument("--night", type=int, choices=(1, 2), default=1, help="which of the two nights it is")
    parser.add_argument("--hazards", action="store_true", help="let endless bodies run")
    options = parser.parse_args()
    with SampleWeb(options.port, night=options.night, hazards=options.hazards) as web:
        sys.stdout.write(
            f"{len(web.hosts())} hosts on 127.0.0.1:{web.port}, night {web.night}; end with Ctrl-C\n"
            f'  chromium --host-resolver-rules="MAP *.example:80 127.0.0.1:{web.port}" http://pelican-sender.example/\n'
            f"  curl --connect-to ::127.0.0.1:{web.port} http://pelican-sender.example/\n"
        )
        sys.stdout.flush()
        try:
            web.stopping.wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
