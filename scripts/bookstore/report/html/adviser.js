"use strict";
// Who would serve a reader's own tasks, told from the run: the sums of findings/reach.py.
(() => {
  const adviser = document.querySelector(".adviser");
  if (!adviser) return;
  const bases = JSON.parse(adviser.dataset.facts);
  const field = (name) => adviser.querySelector(`[name="${name}"]`);
  const says = adviser.querySelector(".told");
  const notes = adviser.querySelector(".notes");
  const body = adviser.querySelector("tbody");
  const units = { s: 1, ms: 1e-3, us: 1e-6, ns: 1e-9 };
  const verdicts = ["should hold", "cannot be told", "should fail"];
  const moreInFlight = 1.2;

  const time = (text, none) => {
    if (none && ["", "0"].includes(text.trim())) return 0;
    const found = text.trim().match(/^([0-9]{1,12}(?:\.[0-9]{1,12})?)(ns|us|ms|s)$/);
    const value = found ? Number(found[1]) * units[found[2]] : NaN;
    return value > 0 || none ? value : NaN;
  };
  const digits = (value, count = 3) => Number(value.toPrecision(count)).toLocaleString("en", { maximumFractionDigits: 12 });
  const timed = (seconds) => {
    const unit = Object.keys(units).find((each) => seconds >= units[each]) || "ns";
    return `${digits(seconds / units[unit])} ${unit}`;
  };
  const figure = (value, count = 3) => (value >= 100 || value < 1e-6 ? digits(value, count) : value.toPrecision(count));
  const counted = (count, what) => (count === 1 ? `1 ${what}` : `${count.toLocaleString("en")} ${what}s`);
  const apart = (there, here) =>
    Math.min(there, here) > 0 ? `${timed(there)} (${digits(Math.max(there, here) / Math.min(there, here), 2)} times)`
      : there > 0 ? timed(there) : "none";

  const nearest = ({ cpu, wait }) => {
    const waits = bases.filter((each) => each.wait > 0 === wait > 0);
    const alike = waits.length ? waits : bases;
    const delayed = alike.filter((each) => each.known.some((known) => known.delays.length));
    const little = 1e-6;
    const away = (here, there) => Math.abs(Math.log((here + little) / (there + little)));
    const far = (each) => away(cpu, each.work) + away(wait, each.wait);
    return (delayed.length ? delayed : alike).reduce((best, each) => (far(each) < far(best) ? each : best));
  };
  const reach = (known, asked, basis) => {
    const cpu = asked.cpu + Math.max(0, known.cpu - basis.work);
    let capacity = Math.min(known.cores, known.rate * known.cpu) / cpu;
    const alone = known.rate * (basis.work + basis.wait) > moreInFlight * known.workers;
    if (!alone) capacity = Math.min(capacity, known.workers / (cpu + asked.wait));
    const load = asked.rate / capacity;
    const busier = load < 1 ? known.delays.find(([at]) => at >= load) : undefined;
    const p99 = busier ? busier[1] * Math.max(1, cpu / known.cpu) : NaN;
    const verdict = load >= 1 || p99 > asked.limit ? 2 : p99 <= asked.limit ? 0 : 1;
    return { ...known, cpu, capacity, p99, verdict };
  };
  const reached = (asked, basis) => {
    const found = basis.known.map((known) => reach(known, asked, basis));
    found.sort((a, b) => a.verdict - b.verdict || a.cpu - b.cpu || a.cores - b.cores);
    const first = new Map();
    for (const each of found) {
      const place = `${each.backend} ${each.cores}`;
      if (!first.has(place)) first.set(place, each);
    }
    return Array.from(first.values());
  };

  const show = () => {
    const asked = { cpu: time(field("cpu").value), wait: time(field("wait").value, true), limit: time(field("p99").value) };
    asked.rate = /^[0-9]{1,8}(\.[0-9]{1,6})?$/.test(field("rate").value.trim()) ? Number(field("rate").value) : NaN;
    const names = { cpu: "cpu", wait: "wait", rate: "rate", limit: "p99" };
    let wrong = false;
    for (const [key, name] of Object.entries(names)) {
      const bad = Number.isNaN(asked[key]) || (key === "rate" && !(asked.rate > 0));
      field(name).setAttribute("aria-invalid", String(bad));
      wrong = wrong || bad;
    }
    body.replaceChildren();
    for (const head of adviser.querySelectorAll("th")) head.setAttribute("aria-sort", "none");
    notes.textContent = "";
    if (wrong) {
      says.textContent = "Times are a number and ns, us, ms or s, such as 20us; the rate is a number such as 8000.";
      return;
    }
    const basis = nearest(asked);
    const found = reached(asked, basis);
    const best = found[0];
    says.textContent = best.verdict === 0
      ? `${best.backend} with ${counted(best.workers, "worker")} on ${counted(best.cores, "core")} should serve it, as far as ${basis.workload} tells.`
      : "Nothing in this run is sure to serve it.";
    for (const each of found) {
      const row = body.insertRow();
      const cpu = asked.rate * each.cpu, headroom = each.capacity / asked.rate;
      const cells = [
        [verdicts[each.verdict]], [each.backend], [digits(each.workers, 6), each.workers], [String(each.cores), each.cores], [figure(cpu), cpu],
        each.memory === null ? ["-"] : [figure(each.memory / 1e6), each.memory],
        Number.isNaN(each.p99) ? ["-"] : [`about ${timed(each.p99)}`, each.p99], [`${figure(headroom, 2)}x`, headroom],
      ];
      for (const [index, [text, value]] of cells.entries()) {
        const cell = row.insertCell();
        cell.textContent = text;
        if (index > 1) cell.className = "n";
        if (value !== undefined) cell.dataset.value = value;
      }
    }
    notes.textContent = `No such tasks were measured here. The nearest, those of ${basis.workload}, work ${apart(basis.work, asked.cpu)}`
      + ` and wait ${apart(basis.wait, asked.wait)}. A guess has no interval.`;
    const wait = asked.wait > 0 ? ` --wait ${field("wait").value.trim()}` : "";
    const command = `scripts/advise --cpu ${field("cpu").value.trim()}${wait} --rate ${field("rate").value.trim()} --p99 ${field("p99").value.trim()}`;
    adviser.querySelector(".again code").textContent = command;
    adviser.querySelector(".again button").dataset.command = command;
  };
  adviser.hidden = false;
  adviser.addEventListener("input", show);
  show();
})();
