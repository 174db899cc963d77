"""pack_page.py JSON MARKDOWN HTML: does the page say what the other two forms of the pack say, and can nothing in it run or be fetched?"""
import html.parser
import json
import re
import sys


class Page(html.parser.HTMLParser):
    """The cells of each table and the entries of each list, by section."""

    def __init__(self, text):
        super().__init__()
        self.section, self.rows, self.items, self.tags, self.policy = None, {}, {}, set(), ""
        self.cell = self.item = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        self.tags.add(tag)
        assert not [n for n in a if n.startswith("on") or n in ("style", "src")], a
        assert a.get("href", "#").startswith("#"), a
        if "http-equiv" in a:
            self.policy = a["content"]
        if tag == "section" and "id" in a:
            self.section = a["id"]
        elif tag == "tr":
            self.rows.setdefault(self.section, []).append([])
        elif tag in ("td", "th"):
            self.cell = ""
        elif tag == "li":
            self.item = ""

    def handle_data(self, data):
        if self.cell is not None:
            self.cell += data
        if self.item is not None:
            self.item += data

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.rows[self.section][-1].append(" ".join(self.cell.split()))
            self.cell = None
        elif tag == "li":
            self.items.setdefault(self.section, []).append(self.item)
            self.item = None


def tables(markdown):
    found, section = {}, None
    for line in markdown.split("\n"):
        if line.startswith("## "):
            section = line[3:].strip()
        elif line.startswith("|") and not line.startswith("|---"):
            cells = re.split(r"(?<!\\)\|", line)[1:-1]
            found.setdefault(section, []).append([re.sub(r"\\(.)", r"\1", c).strip() for c in cells])
    return found


pack, markdown, text = json.load(open(sys.argv[1])), tables(open(sys.argv[2]).read()), open(sys.argv[3]).read()
page = Page(text)
assert page.policy.startswith("default-src 'none'; style-src 'sha256-") and "script" not in page.policy, page.policy
assert not page.tags & {"script", "link", "img", "iframe", "form", "object", "base"}, page.tags

same = {"Who answers for what": "services", "Where": "locations", "Log retention": "retention", "Certificates": "certificates", "Contract clauses": "contracts"}
for title, section in same.items():
    assert len(markdown[title]) == len(page.rows[section]) > 1, title
for wanted, there in zip(markdown["Who answers for what"][1:], page.rows["services"][1:]):
    duties = [" ".join(d.split()) for d in wanted[3].split("<br>")]
    assert wanted[1:3] == there[-3:-1] and all(d in there[-1] for d in duties), (wanted, there)
for wanted, there in zip(markdown["Where"][1:], page.rows["locations"][1:]):
    assert wanted[:3] == there[:3] and wanted[3] in there[3] and there[4].endswith(wanted[4]) and wanted[5] == there[5], (wanted, there)
for wanted, there in zip(markdown["Log retention"], page.rows["retention"]):
    assert wanted == there[:3], (wanted, there)
for title in ("Certificates", "Contract clauses"):
    for wanted, there in zip(markdown[title][1:], page.rows[same[title]][1:]):
        assert wanted == there, (wanted, there)
assert pack["unknown"] and page.items["unknown"] == pack["unknown"]
assert pack["complete"] or "Not everything could be read" in text
assert pack["disclaimer"] in text

bars = re.findall(r'<svg class="bar".*?</svg>', text, re.S)
assert len(bars) == len(pack["log_retention"])
for row, bar in zip(pack["log_retention"], bars):
    assert 'class="floor" d="M110 0V14"' in bar  # 184 of 400 days
    drawn = re.search(r'class="b-(fail|unknown|pass)" width="(\d+)"', bar)
    assert bool(drawn) == (row["least_days"] is not None), row
    if drawn:
        assert drawn[1] == ("fail" if row["less"] else "unknown" if row["unknown"] else "pass"), (row, bar)
        assert int(drawn[2]) == min(row["least_days"], 400) * 240 // 400, (row, bar)
