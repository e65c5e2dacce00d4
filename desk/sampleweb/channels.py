"""The channel host's live part: public previews ``/s/<channel>``, single posts ``/<channel>/<number>``, profiles.

In: ``?before=<number>`` pages backwards, ``?q=<word>`` searches, ``?embed=1`` gives the bare post. Out: pages with the
class names of the real preview. A channel without preview redirects from ``/s/<channel>`` to ``/<channel>``. Posts and
facts of a channel are ``_channels/<channel>.json``; a post shows only on its nights.
"""

from __future__ import annotations

import json
import re
from html import escape
from string import Template
from typing import Any
from urllib.parse import parse_qs

from desk.sampleweb.site import Answer, Request, Site

PER_PAGE = 20
BASE = "http://t.example"


def answer(site: Site, request: Request) -> Answer | None:
    """The page of a channel, a post or a profile; None when the path is a plain file's."""
    match = re.fullmatch(r"/(s/)?([A-Za-z]\w{3,31})(?:/(\d{1,9}))?/?", request.path)
    facts = site.folder / "_channels" / f"{match[2]}.json" if match else None
    if match is None or facts is None or not facts.is_file():
        return None
    channel: dict[str, Any] = json.loads(facts.read_text("utf-8"))
    channel["posts"] = [post for post in channel["posts"] if request.night in post.get("nights", (1, 2))]
    query = {name: values[-1] for name, values in parse_qs(request.query).items()}
    if match[1] and not channel["preview"]:
        return Answer(302, b"", (("Location", f"{BASE}/{match[2]}"), *site.headers))
    if match[3]:
        found = [post for post in channel["posts"] if post["id"] == int(match[3])]
        if not found or not channel["preview"]:
            return _page(site, channel, "_profile.html", content="")
        if "embed" in query or not match[1]:
            return _page(site, channel, "_post.html", content=_message(channel, found[0]), post=found[0])
    if not match[1]:
        return _page(site, channel, "_profile.html", content="")
    return _history(site, channel, query)


def _history(site: Site, channel: dict[str, Any], query: dict[str, str]) -> Answer:
    """Up to twenty posts, oldest first, before the number asked for; with a link to older ones when there are any."""
    before = int(query["before"]) if query.get("before", "").isdigit() else 10**9
    word = query.get("q", "").lower()
    posts = [post for post in channel["posts"] if post["id"] < before and word in post.get("html", "").lower()]
    shown = posts[-PER_PAGE:]
    parts = []
    if len(posts) > len(shown):
        link = f"/s/{channel['name']}?before={shown[0]['id']}" + (f"&q={escape(word)}" if word else "")
        parts.append(
            '<div class="tgme_widget_message_centered js-messages_more_wrap">'
            f'<a href="{link}" class="tme_messages_more js-messages_more" data-before="{shown[0]["id"]}"></a></div>'
        )
    wrap = '<div class="tgme_widget_message_wrap js-widget_message_wrap">{}</div>'
    parts.extend(wrap.format(_message(channel, post)) for post in shown)
    if not shown:
        parts.append('<div class="tgme_channel_no_messages_found">No posts found</div>')
    return _page(site, channel, "_channel.html", content="\n".join(parts))


def _page(
    site: Site, channel: dict[str, Any], template: str, *, content: str, post: dict[str, Any] | None = None
) -> Answer:
    """One of the host's page frames, filled in."""
    summary = re.sub(r"<[^>]+>", " ", post.get("html", "")) if post else channel["about"]
    html = Template((site.folder / template).read_text("utf-8")).substitute(
        name=channel["name"],
        title=escape(channel["title"]),
        about=escape(channel["about"]),
        about_html=channel["about_html"],
        subscribers=channel["subscribers"],
        summary=escape(" ".join(summary.split())[:400], quote=True),
        initial=escape(channel["title"][:1]),
        number=post["id"] if post else "",
        content=content,
    )
    return Answer(200, html.encode(), (("Content-Type", "text/html; charset=utf-8"), *site.headers))


def _message(channel: dict[str, Any], post: dict[str, Any]) -> str:
    """One post's markup: author, forward mark, photo, text, views, date. A service post has its own class."""
    name, number = channel["name"], post["id"]
    if post.get("service"):
        return (
            f'<div class="tgme_widget_message service_message tgme_widget_message_service js-widget_message" '
            f'data-post="{name}/{number}"><div class="tgme_widget_message_service_text">{post["service"]}</div></div>'
        )
    forwarded = post.get("forwarded", "")
    photo = post.get("photo", "")
    parts = [
        f'<div class="tgme_widget_message text_not_supported_wrap js-widget_message" data-post="{name}/{number}">',
        '<div class="tgme_widget_message_bubble"><div class="tgme_widget_message_author accent_color">',
        f'<a class="tgme_widget_message_owner_name" href="{BASE}/{name}">'
        f'<span dir="auto">{escape(channel["title"])}</span></a></div>',
    ]
    if forwarded:
        parts.append(
            '<div class="tgme_widget_message_forwarded_from accent_color">Forwarded from '
            f'<span class="tgme_widget_message_forwarded_from_name" dir="auto">{escape(forwarded)}</span></div>'
        )
    if photo:
        parts.append(
            f'<a class="tgme_widget_message_photo_wrap" href="{BASE}/{name}/{number}" '
            f"style=\"width:480px;background-image:url('{photo}')\">"
            '<div class="tgme_widget_message_photo" style="padding-top:62%"></div></a>'
        )
    if post.get("html"):
        parts.append(f'<div class="tgme_widget_message_text js-message_text" dir="auto">{post["html"]}</div>')
    parts.append(
        '<div class="tgme_widget_message_footer compact js-message_footer"><div class="tgme_widget_message_info short">'
        f'<span class="tgme_widget_message_views">{post["views"]}</span><span class="copyonly"> views</span>'
        '<span class="tgme_widget_message_meta">'
        f'<a class="tgme_widget_message_date" href="{BASE}/{name}/{number}">'
        f'<time datetime="{post["at"]}" class="time">{post["at"][11:16]}</time></a></span></div></div></div></div>'
    )
    return "\n".join(parts)
