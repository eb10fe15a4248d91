"""The API's contract, asked as every role: a served program on a copy of one demo folder for each, schemathesis against it.

    tools/contract.sh [--long] [--roles account_manager,sponsor] [--proof token,session] [--examples 20] [--seed 1] [--keep]

One folder is prepared once: the demo book, somebody of every role, what a client was shown. Each run works on a copy with a
server of its own, so that what one role changes is not in the way of the next. What is left out, and which checks expect
something else, stands with its reason in tools/contract.toml. A run fails on what schemathesis reports, on any answer of
500 and above, on an error or panic in the server's log, and when it asked nothing. The last line is
`contract: N passed, M failed`, one for each run.
"""

import argparse
import http.cookiejar
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
BINARY = os.environ.get("MANDATE_BINARY")
ENV = {name: value for name, value in os.environ.items() if not name.startswith("MANDATE_")}
OURS = ["account_manager", "negotiator", "product_manager", "delivery_lead", "sponsor", "compensation_administrator", "administrator"]
CLIENTS = ["client_member", "client_administrator"]
# Who reads and writes most, who may least of ours, who keeps the system, and a client: every operation is somebody's.
SHORT = ["account_manager", "administrator", "sponsor", "client_administrator"]
PASSWORD = "a quiet river 42 stones"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer like any other."""

    def redirect_request(self, *_):
        return None


class Server:
    """A serving Mandate on a data folder."""

    def __init__(self, data, log):
        self.data, self.log = data, log
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        with open(self.log, "ab") as log:
            words = [BINARY, "--data", self.data, "serve", "--address", f"127.0.0.1:{self.port}", "--base-url", self.address]
            self.child = subprocess.Popen(words, env=ENV, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        for _ in range(1200):
            try:
                urllib.request.urlopen(f"{self.address}/readyz", timeout=5).close()
                return self
            except OSError:
                if self.child.poll() is not None:
                    break
                time.sleep(0.05)
        raise SystemExit(f"the server did not start; it said:\n{Path(self.log).read_text()[-3000:]}")

    def __exit__(self, *_):
        self.child.terminate()
        try:
            self.child.wait(60)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()


class Person:
    """Somebody with a browser at the server."""

    def __init__(self, server):
        self.server = server
        self.headers = []
        self.jar = http.cookiejar.CookieJar()
        self.browser = urllib.request.build_opener(NoRedirect, urllib.request.HTTPCookieProcessor(self.jar))

    def ask(self, method, path, body=None, form=None, expect=None, headers=()):
        request = urllib.request.Request(self.server.address + path, method=method)
        request.add_header("sec-fetch-site", "same-origin")
        for name, value in [*self.headers, *headers]:
            request.add_header(name, value)
        if form is not None:
            request.data = urllib.parse.urlencode(form).encode()
        elif body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("content-type", "application/json")
        try:
            answer = self.browser.open(request, timeout=120)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            text = answer.read()
        self.tag = answer.headers.get("etag", "")
        if expect and answer.status != expect:
            raise SystemExit(f"{method} {path} was answered {answer.status}: {text[:2000].decode(errors='replace')}")
        return json.loads(text) if text and "json" in answer.headers.get("content-type", "") else text

    def cookie(self):
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.jar if cookie.name == "mandate")

    def token(self, scopes):
        made = self.ask("POST", "/api/v1/tokens", {"name": "contract", "scopes": scopes, "expires_in_days": 2}, expect=201)
        return made["token"]


def rights():
    """The rights of each role, from the reference page that a test holds against the program."""
    text = (HERE.parent / "docs/reference/rights.md").read_text()
    table = [line.strip("| ").split("|") for line in text.splitlines() if line.startswith("| `") or line.startswith("| right |")]
    names = [cell.strip().replace(" ", "_") for cell in table[0][1:]]
    found = {name: [] for name in names}
    for row in table[1:]:
        cells = [cell.strip() for cell in row]
        for name, cell in zip(names, cells[1:]):
            if cell == "yes":
                found[name].append(cells[0].strip("`"))
    return found


def command(data, *words):
    done = subprocess.run([BINARY, "--data", data, *words], env=ENV, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"mandate {' '.join(words)} ended with {done.returncode}: {done.stderr}")
    return done.stdout


def set_up(data, log):
    """The demo book, its settings and somebody of every role; returns each one's cookie and token."""
    command(data, "demo", "load", "--events", "1500")
    people, proofs, scopes = {}, {}, rights()
    with Server(data, log) as server:
        for role in OURS:
            name = role.replace("_", " ").title()
            told = command(data, "user", "add", f"{role}@firm.example", "--name", name, "--role", role, "--json")
            person = people[role] = Person(server)
            person.ask("POST", urllib.parse.urlsplit(json.loads(told)["link"]).path, form={"password": PASSWORD}, expect=303)
        admin = people["administrator"]
        settings = admin.ask("GET", "/api/v1/settings", expect=200)
        # Account managers see the whole demo book, and files are taken out by hundreds of requests.
        settings |= {"exports_per_hour": 1000, "account_managers_see_all": True}
        admin.ask("PUT", "/api/v1/settings", settings, expect=200, headers=[("if-match", admin.tag)])
        manager = people["account_manager"]
        account = manager.ask("GET", "/api/v1/accounts?limit=1", expect=200)["rows"][0]["id"]
        for role in CLIENTS:
            asked = {"email": f"{role}@client.example", "name": role, "administrator": role == "client_administrator", "locale": "en-GB"}
            made = admin.ask("POST", f"/api/v1/accounts/{account}/portal/people", asked, expect=201)
            person = people[role] = Person(server)
            person.ask("POST", urllib.parse.urlsplit(made["link"]).path, form={}, expect=303)
        measures = [line["measure"] for line in manager.ask("GET", f"/api/v1/accounts/{account}/measures", expect=200)]
        for measure in measures:
            path = f"/api/v1/accounts/{account}/portal/measures/{measure['id']}/share"
            # A measure of the source's may belong to several accounts and is not shown to one of them.
            if measure["account_id"] == account:
                manager.ask("POST", path, {"shown": True}, expect=204)
        for role, person in people.items():
            proofs[role] = {"session": person.cookie(), "token": person.token(scopes[role])}
    return proofs


def known_ids(document, person):
    """Ids that are there, by the word that stands before them in an address: `accounts` has accounts' ids."""
    found = {}
    for path, methods in document["paths"].items():
        word = path.rsplit("/", 1)[-1]
        if "{" in path or "get" not in methods or word in found:
            continue
        try:
            answer = person.ask("GET", path)
        except OSError:
            continue
        rows = answer.get("rows", []) if isinstance(answer, dict) else answer
        ids = [row["id"] for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)] if isinstance(rows, list) else []
        if ids:
            found[word] = ids[:5]
    return found


def config(document, ids):
    """The written config, and beside it half of all addresses with ids that are there, half of all changes with a version."""
    text = (HERE / "contract.toml").read_text()
    named = re.findall(r'^include-operation-id = (.*)$', text, re.MULTILINE)
    known = {operation.get("operationId") for methods in document["paths"].values() for operation in methods.values() if isinstance(operation, dict)}
    for name in re.findall(r'"(\w+)"', " ".join(named)):
        if name not in known:
            raise SystemExit(f"tools/contract.toml leaves out `{name}`, and there is no such operation")
    ids = {"versions": ['"1"', '"2"'], **ids}
    lines = [text, '[parameters]\n"header.If-Match" = { dictionary = "versions", probability = 0.5 }']
    for path in document["paths"]:
        parts = path.split("/")
        pairs = [(before, part[1:-1]) for before, part in zip(parts, parts[1:]) if part.startswith("{")]
        words = {"portal": "accounts", "colleagues": "users", "scorecards": "people"}
        if any(part == "people" and before == "portal" for before, part in zip(parts, parts[1:])):
            words["people"] = "users"
        bound = [(name, words.get(before, before)) for before, name in pairs]
        bound = [f'"path.{name}" = {{ dictionary = "{word}", probability = 0.5 }}' for name, word in bound if word in ids]
        if bound:
            lines.append(f'[[operations]]\ninclude-path = "{path}"\nparameters = {{ {", ".join(bound)} }}')
    lines += [f"[dictionaries.{word}]\nvalues = {json.dumps(values)}" for word, values in ids.items()]
    return "\n\n".join(lines) + "\n"


def run(options, folder, role, proof, secret):
    """One role's run; returns what is wrong, and what it asked."""
    place = folder / f"{role}-{proof}"
    shutil.copytree(folder / "data", place / "data")
    log = place / "server.log"
    with Server(str(place / "data"), log) as server:
        document = Person(server).ask("GET", "/api/openapi.json", expect=200)
        person = Person(server)
        person.headers = [("authorization", f"Bearer {secret}") if proof == "token" else ("cookie", secret)]
        (place / "config.toml").write_text(config(document, known_ids(document, person)))
        if proof == "session":
            # The document is for programs and asks for a token, which the session goes in place of: who has neither is asked
            # about in the runs by token.
            document.pop("security", None)
            document["components"].pop("securitySchemes", None)
        (place / "openapi.json").write_text(json.dumps(document))
        header = f"Authorization: Bearer {secret}" if proof == "token" else f"Cookie: {secret}"
        words = [
            str(Path(sys.executable).with_name("st")), "--config-file", str(place / "config.toml"), "run",
            str(place / "openapi.json"), "--url", server.address, "-H", header, "-c", "all",
            "--phases", options.phases, "-m", "all", "-n", str(options.examples), "--seed", str(options.seed),
            "-w", str(options.workers), "--max-response-time", str(options.seconds), "--request-timeout", "20",
            "--continue-on-failure", "--generation-database", "none", "--no-color",
            "--report", "junit,ndjson", "--report-dir", str(place / "report"), "--report-ndjson-path", str(place / "asked.ndjson"),
        ]
        if options.time:
            words += ["--max-time", str(options.time)]
        for pattern in options.only:
            words += ["--include-name", pattern]
        begun = time.monotonic()
        with open(place / "said.txt", "wb") as said:
            env = {**ENV, "SCHEMATHESIS_HOOKS": str(HERE / "contract_hooks.py")}
            done = subprocess.run(words, env=env, stdout=said, stderr=subprocess.STDOUT, cwd=place, stdin=subprocess.DEVNULL)
        took = time.monotonic() - begun
    statuses, n_asked = count(place / "asked.ndjson")
    problems = []
    if done.returncode != 0:
        problems.append(f"schemathesis ended with {done.returncode}")
    n_server_errors = sum(n for status, n in statuses.items() if status >= 500)
    if n_server_errors:
        problems.append(f"{n_server_errors} answers of 500 and above")
    lines = [line for line in log.read_text(errors="replace").splitlines() if " ERROR " in line or "panicked" in line]
    if lines:
        problems.append(f"{len(lines)} errors in the server's log, the first: {lines[0][:300]}")
    if n_asked < 100:
        problems.append(f"only {n_asked} requests were made")
    told = ", ".join(f"{status}: {n}" for status, n in sorted(statuses.items()))
    print(f"{'FAILED' if problems else 'ok'} {role} by {proof}: {n_asked} requests in {took:.0f} s ({told})", flush=True)
    if problems:
        print("  " + "\n  ".join(problems))
        print((place / "said.txt").read_text(errors="replace")[-options.tail :], flush=True)
    return problems


def count(place):
    """How many answers there were of each status: what the run itself wrote down of every request."""
    statuses = {}
    for line in place.read_text().splitlines() if place.exists() else []:
        for status in re.findall(r'"status_code":\s*(\d+)', line):
            statuses[int(status)] = statuses.get(int(status), 0) + 1
    return statuses, sum(statuses.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--long", action="store_true", help="every role, by token and by session, many requests")
    parser.add_argument("--roles", help="roles, separated by commas")
    parser.add_argument("--proof", help="token, session or both, separated by commas")
    parser.add_argument("--phases", default="examples,coverage,fuzzing,stateful")
    parser.add_argument("--examples", type=int, help="most made-up requests for each operation and phase")
    parser.add_argument("--time", type=int, help="most seconds for each run")
    parser.add_argument("--seconds", type=float, default=5.0, help="slowest answer that is let pass")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", default=[], metavar="OPERATION", help="only this operation, as `GET /api/v1/me`")
    parser.add_argument("--tail", type=int, default=20_000, help="how much of a failed run's report is printed, in characters")
    parser.add_argument("--keep", action="store_true", help="keep the folder with data, logs and reports")
    options = parser.parse_args()
    if not BINARY:
        raise SystemExit("MANDATE_BINARY names no program; tools/contract.sh builds one")
    roles = options.roles.split(",") if options.roles else OURS + CLIENTS if options.long else SHORT
    proofs = options.proof.split(",") if options.proof else ["token", "session"] if options.long else ["token"]
    options.examples = options.examples or (100 if options.long else 3)
    folder = Path(tempfile.mkdtemp(prefix="mandate-contract-"))
    passed = failed = 0
    try:
        secrets = set_up(str(folder / "data"), folder / "set-up.log")
        for role in roles:
            for proof in proofs:
                if run(options, folder, role, proof, secrets[role][proof]):
                    failed += 1
                else:
                    passed += 1
    finally:
        if options.keep:
            print(f"kept: {folder}")
        else:
            shutil.rmtree(folder)
    print(f"contract: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
