"""What every page must be: valid HTML5 that a keyboard and a screen reader can follow."""

from collections import Counter
from xml.etree.ElementTree import Element

import html5lib

UNLABELLED = {"hidden", "submit", "button", "image", "reset"}


def faults_of(html: str) -> list[str]:
    """What is wrong with a page; empty is good."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    root = parser.parse(html)
    found = [f"line {at[0]}: {code}" for at, code, _detail in parser.errors]
    if root.get("lang") != "zh-CN":
        found.append("no lang")
    if not (root.findtext("head/title") or "").strip(" ·"):
        found.append("no title")
    if (count := len(root.findall(".//h1"))) != 1:
        found.append(f"{count} h1")
    ids = Counter(e.get("id") for e in root.iter() if e.get("id"))
    found += [f"id twice: {name}" for name, n in ids.items() if n > 1]
    found += [f"refers to no id: {name}" for name in referred(root) if name not in ids]
    found += [f"no label: {name}" for name in unlabelled(root)]
    for form in root.iter("form"):
        posts = form.get("method", "get").lower() == "post"
        if posts and not any(i.get("name") == "_csrf" for i in form.iter("input")):
            found.append(f"no token in the form to {form.get('action', 'itself')}")
    for e in root.iter():
        if e.tag in ("script", "style") and not e.get("src"):
            found.append(f"<{e.tag}> inside the page")
        found += [f"{name} on <{e.tag}>" for name in e.attrib if name.startswith("on")]
        if e.tag == "a" and e.get("href") in ("", "#"):
            found.append("a link to nowhere")
        if e.tag in ("a", "button") and not name_of(e):
            found.append(f"<{e.tag}> without a name")
    return found


def name_of(e: Element) -> str:
    return (e.get("aria-label") or "".join(e.itertext())).strip()


def referred(root: Element) -> set[str]:
    """Ids that something on the page points to."""
    names = ("aria-labelledby", "aria-describedby", "aria-controls")
    words = {w for e in root.iter() for n in names for w in e.get(n, "").split()}
    words |= {f for e in root.iter("label") if (f := e.get("for"))}
    return words | {h[1:] for e in root.iter("a") if (h := e.get("href", "")).startswith("#")}


def unlabelled(root: Element) -> list[str]:
    """Controls that no label speaks for."""
    named = {e.get("for") for e in root.iter("label")}
    inside = {id(c) for label in root.iter("label") for c in label.iter()}
    return [
        e.get("name") or e.tag
        for tag in ("input", "select", "textarea")
        for e in root.iter(tag)
        if e.get("type") not in UNLABELLED
        and not (e.get("aria-label") or e.get("aria-labelledby"))
        and e.get("id") not in named
        and id(e) not in inside
    ]
