"""Renders sample pages with the real templates and serves them with the real CSP on 127.0.0.1.

    pip install minijinja==3.0.5 && python3 preview/preview.py [port]      (default 8765; run `npm run build` first)

The engine is the one the server uses (minijinja, strict undefined). Texts come from the English catalogue; only the
simple Fluent forms of components.ftl are read here (one line, placeables, one plural select).
"""
import http.server, json, pathlib, re, sys, urllib.parse
import minijinja

HERE = pathlib.Path(__file__).resolve().parent
TEMPLATES = HERE.parents[1] / "crates/mandate-web/templates"
FTL = HERE.parents[1] / "crates/mandate-web/locales/en/components.ftl"
DIST = HERE.parent / "dist"
CSP = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'"


def catalogue():
    text = FTL.read_text()
    plain = dict(re.findall(r"^(ui-[\w-]+) = (.+)$", text, re.M))
    for name, one, other in re.findall(r"^(ui-[\w-]+) = \{ \$count ->\n\s+\[one\] (.+)\n\s+\*\[other\] (.+)\n\s+\}", text, re.M):
        plain[name] = (one, other)
    return plain


def make_t():
    words = catalogue()

    def t(name, /, **args):
        found = words[name]
        if isinstance(found, tuple):
            found = found[0] if args.get("count") == 1 else found[1]
        return re.sub(r"\{ \$([\w-]+) \}", lambda m: str(args[m.group(1)]), found)

    return t


def environment():
    def load(name):
        path = HERE / name if name.startswith("pages/") else TEMPLATES / name
        return path.read_text() if path.exists() else None

    env = minijinja.Environment(loader=load, undefined_behavior="strict")
    env.add_function("t", make_t())
    env.add_function("asset", lambda name: f"/assets/{name}")
    return env


def context(theme="system"):
    data = json.loads((HERE / "context.json").read_text())
    data["page"]["theme"] = theme
    return data


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        url = urllib.parse.urlparse(self.path)
        query = urllib.parse.parse_qs(url.query)
        if url.path.startswith("/assets/"):
            return self.send_file(DIST / url.path.removeprefix("/assets/"))
        if url.path == "/search.json":
            return self.send(json.dumps(search(query.get("q", [""])[0])).encode(), "application/json")
        if url.path == "/progress.json":
            return self.send(b'{"done":320,"total":500,"state":"running","message":"320 of 500 rows","href":null}', "application/json")
        name = url.path.strip("/") or "portfolio"
        if not (HERE / f"pages/{name}.html").exists():
            return self.send(b"not here", "text/plain", 404)
        cookie = re.search(r"theme=(\w+)", self.headers.get("Cookie", ""))
        theme = query.get("theme", [cookie.group(1) if cookie else "system"])[0]
        html = environment().render_template(f"pages/{name}.html", **context(theme))
        return self.send(html.encode(), "text/html; charset=utf-8")

    do_POST = do_GET

    def send_file(self, path):
        kinds = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
        if not path.exists():
            return self.send(b"", "text/plain", 404)
        return self.send(path.read_bytes(), kinds.get(path.suffix, "text/plain"))

    def send(self, body, kind, status=200):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", CSP)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def search(q):
    items = [
        {"title": "Brackwell Insurance", "context": "Account · green facts, unhappy", "href": "/account", "kind": "account"},
        {"title": "Hana Brandt", "context": "Brackwell Insurance · chief operating officer", "href": "/account", "kind": "person"},
    ]
    found = [item for item in items if q.lower() in item["title"].lower()]
    return {"groups": [{"title": "Accounts and people", "items": found}] if found else []}


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8765
    http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
