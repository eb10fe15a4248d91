// Counts what passed and failed, and prints failures at once.
export class Report {
  #passed = 0;
  #failed = 0;
  #seen = new Map();

  pass(_what) {
    this.#passed += 1;
  }

  fail(what, why) {
    this.#failed += 1;
    // The same finding on many pages is printed three times, then counted.
    const key = String(why).slice(0, 160);
    const n = (this.#seen.get(key) ?? 0) + 1;
    this.#seen.set(key, n);
    if (n <= 3) console.log(`FAILED ${what}: ${why}`);
  }

  /** Passes when `problems` is empty. */
  judge(what, problems) {
    if (problems.length === 0) this.pass(what);
    else this.fail(what, problems.join("\n    "));
  }

  /** Prints the totals; the exit code. */
  end() {
    for (const [why, n] of this.#seen) if (n > 3) console.log(`... ${n} times: ${why.split("\n")[0]}`);
    console.log(`e2e: ${this.#passed} passed, ${this.#failed} failed`);
    return this.#failed === 0 && this.#passed > 0 ? 0 : 1;
  }
}
