// The ledger of acknowledged writes held against what is read back: lost, doubled, halved and altered effects.
//
// Kept away from the drill that kills (kills.mjs), so that `teeth` can show that each kind of damage is found. A look
// that lacks a column (the product's exports have no versions and no audit) is judged by the columns it has.

/** Two lines of a contract whose prices always come to 1,000.00: like a debit and its credit. */
export function balanced(id, minor, place) {
  const line = (end, price) => ({ external_id: `${id}-${end}`, contract: place.contract, product: place.product, annual_volume: 1, price_per: 1, unit_price: price });
  return [line("a", minor), line("b", 100_000 - minor)];
}

/** Sent requests by what became of them: acknowledged (2xx), refused (4xx), unanswered. */
export function readLedger(text) {
  const effects = new Map();
  for (const line of text.split("\n").filter(Boolean).map((it) => JSON.parse(it))) {
    if (line.sent) effects.set(line.sent.id, line.sent);
    else Object.assign(effects.get(line.ack), { status: line.status, account: line.account, version: line.version });
  }
  const all = [...effects.values()];
  return {
    acknowledged: all.filter((it) => it.status < 300),
    refused: all.filter((it) => it.status >= 400),
    unanswered: all.filter((it) => it.status === undefined),
  };
}

const grouped = (rows, name) => {
  const found = new Map();
  for (const row of rows) found.set(row[name], [...(found.get(row[name]) ?? []), row]);
  return found;
};

/** Whether the row is what was sent, in the columns that were read. */
const same = (row, sent) => Object.entries(sent).every(([name, value]) => row[name] === undefined || row[name] === value);

/** What is wrong with `found` ({ lines, accounts, audit, halves }), given the ledger; nothing when all is well. */
export function judge(ledger, found) {
  const problems = [];
  const lines = grouped(found.lines, "external_id");
  const accounts = grouped(found.accounts, "external_id");
  const audit = found.audit && grouped(found.audit, "subject");

  const wanted = (effect) =>
    effect.kind === "lines" || effect.kind === "refused"
      ? effect.body.map((line) => ({ rows: lines.get(line.external_id) ?? [], sent: { unit_price: line.unit_price, annual_volume: line.annual_volume } }))
      : [{ rows: accounts.get(effect.id) ?? [], sent: { annual_value: effect.body.annual_value } }];

  for (const [effects, state] of [[ledger.acknowledged, "acknowledged"], [ledger.unanswered, "unanswered"]]) {
    for (const effect of effects.filter((it) => it.kind === "lines" || it.kind === "account")) {
      const all = wanted(effect);
      const there = all.filter(({ rows }) => rows.length > 0).length;
      if (all.some(({ rows }) => rows.length > 1)) problems.push(`${effect.id} is there more than once`);
      else if (there === 0) { if (state === "acknowledged") problems.push(`${effect.id} was acknowledged and is lost`); }
      else if (there < all.length) problems.push(`${effect.id} (${state}) is there by half`);
      else if (!all.every(({ rows, sent }) => same(rows[0], sent))) problems.push(`${effect.id} has another content than was sent`);
      else if (effect.kind === "lines" && all.reduce((sum, { rows }) => sum + rows[0].unit_price, 0) !== 100_000) problems.push(`${effect.id} does not balance`);
    }
  }
  for (const effect of ledger.refused) {
    if (effect.kind !== "refused") problems.push(`${effect.id} was refused with ${effect.status}, which nothing in it explains`);
    if (effect.kind === "refused" && wanted(effect).some(({ rows }) => rows.length > 0)) problems.push(`${effect.id} was refused and is there`);
  }
  for (const effect of ledger.acknowledged.filter((it) => it.kind === "refused")) problems.push(`${effect.id} should have been refused`);
  problems.push(...changes(ledger, found), ...unknown(ledger, found));
  for (const half of found.halves ?? []) problems.push(`${half.external_id} has no entry in the search`);
  if (audit) problems.push(...audited(found, audit));
  return problems;
}

/** Each account has the name of its last acknowledged change, or of the one after it that had no answer. */
function changes(ledger, found) {
  const problems = [];
  const made = [...ledger.acknowledged, ...ledger.unanswered].filter((it) => it.kind === "account");
  for (const account of made) {
    const row = found.accounts.find((it) => it.external_id === account.id);
    if (!row || !account.account) continue;
    const steps = ledger.acknowledged.filter((it) => it.kind === "change" && it.of === account.account).sort((a, b) => a.match - b.match);
    const last = steps.at(-1);
    const [version, name] = last ? [last.match + 1, last.body.name] : [1, account.body.name];
    const next = ledger.unanswered.find((it) => it.kind === "change" && it.of === account.account);
    const may = [[version, name], ...(next ? [[next.match + 1, next.body.name]] : [])];
    if (!may.some(([version_, name_]) => row.name === name_ && (row.version ?? version_) === version_)) {
      problems.push(`${account.id} reads \`${row.name}\` in version ${row.version}, not as its last acknowledged change left it (\`${name}\`, ${version})`);
    }
  }
  return problems;
}

/** Rows that nobody sent. */
function unknown(ledger, found) {
  const sent = new Set();
  for (const effect of [...ledger.acknowledged, ...ledger.refused, ...ledger.unanswered]) {
    if (effect.kind === "account") sent.add(effect.id);
    else if (effect.kind !== "change") for (const line of effect.body) sent.add(line.external_id);
  }
  return [...found.lines, ...found.accounts].filter((row) => !sent.has(row.external_id)).map((row) => `${row.external_id} was never sent`);
}

/** A row has one record of its making and one of each change; a record has its row. */
function audited(found, audit) {
  const problems = [];
  const known = new Set();
  for (const [rows, kind] of [[found.lines, "contract_line"], [found.accounts, "account"]]) {
    for (const row of rows) {
      known.add(row.id);
      const records = audit.get(row.id) ?? [];
      const count = (action) => records.filter((record) => record.action === `${kind}.${action}`).length;
      if (count("created") !== 1) problems.push(`${row.external_id} has ${count("created")} records of its making`);
      if (count("changed") !== row.version - 1) problems.push(`${row.external_id} is version ${row.version} with ${count("changed")} records of changes`);
    }
  }
  for (const subject of audit.keys()) if (!known.has(subject)) problems.push(`a record of ${subject} has no row`);
  return problems;
}

/** Damage of each kind planted in a good read-back, with what `judge` says of it. */
export function teeth(ledger, found) {
  const lines = ledger.acknowledged.find((it) => it.kind === "lines");
  const ids = lines.body.map((line) => line.external_id);
  const row = found.lines.find((it) => it.external_id === ids[0]);
  const without = (gone) => found.lines.filter((it) => !gone.includes(it.external_id));
  const audit = (rows) => ({ ...found, audit: rows });
  const planted = [
    ["a lost write", { ...found, lines: without(ids) }],
    ["a half write", { ...found, lines: without(ids.slice(0, 1)) }],
    ["a doubled write", { ...found, lines: [...found.lines, row] }],
    ["an altered amount", { ...found, lines: [...without(ids.slice(0, 1)), { ...row, unit_price: row.unit_price + 1 }] }],
    ["a row that nobody sent", { ...found, lines: [...found.lines, { ...row, external_id: "nobody", id: "nobody" }] }],
    ["a missing audit record", audit(found.audit.filter((it) => it.subject !== row.id))],
    ["a doubled audit record", audit([...found.audit, found.audit.find((it) => it.subject === row.id)])],
    ["an audit record without its row", audit([...found.audit, { action: "contract_line.created", subject: "nobody" }])],
  ];
  const tell = ([what, damaged]) => ({ what, problems: judge(ledger, damaged) });
  const told = planted.map(tell);
  const pretended = { ...ledger, refused: [...ledger.refused, { ...lines, kind: "refused", status: 422 }], acknowledged: ledger.acknowledged.filter((it) => it !== lines) };
  told.push({ what: "a refused write that is there", problems: judge(pretended, found) });
  const halves = { ...ledger, acknowledged: ledger.acknowledged.filter((it) => it !== lines), unanswered: [...ledger.unanswered, lines] };
  told.push({ what: "an unanswered write that is there by half", problems: judge(halves, { ...found, lines: without(ids.slice(0, 1)) }) });
  const changed = ledger.acknowledged.find((it) => it.kind === "change");
  if (changed) {
    const undone = found.accounts.map((it) => (it.id === changed.of ? { ...it, name: "as before", version: it.version - 1 } : it));
    told.push({ what: "a lost change", problems: judge(ledger, { ...found, accounts: undone }) });
  }
  return told;
}
