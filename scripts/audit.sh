#!/usr/bin/env bash
# Asks the registry for known weaknesses of what runs in production: npm run audit
# Ends with 1 for high and critical ones. Where the registry does not answer such questions, or nobody answers at all, nothing
# is known: that is said, and the end is 2, or 0 with --if-answered.
set -euo pipefail
cd "$(dirname "$0")/.."

unanswered=2
if [ "${1:-}" = --if-answered ]; then
  unanswered=0
elif [ $# -gt 0 ]; then
  echo "usage: npm run audit [-- --if-answered]" >&2
  exit 64
fi

# npm itself ends with 1 for weaknesses of any kind, and for a registry that does not answer as well.
report=$(npm audit --omit=dev --json --fetch-retries=0 --fetch-timeout=20000 2>/dev/null) || true
node -e '
  const [text, registry, unanswered] = process.argv.slice(1);
  let report = {};
  try {
    report = JSON.parse(text);
  } catch {
    // No report: told below.
  }
  const counts = report.metadata?.vulnerabilities;
  if (counts === undefined) {
    const why = report.error?.summary || report.message || "no report";
    console.log(`Nothing is known: ${registry} does not answer audits (${String(why).split("\n")[0].slice(0, 200)}).`);
    process.exit(Number(unanswered));
  }
  const grave = Object.values(report.vulnerabilities ?? {}).filter(({ severity }) => /^(high|critical)$/.test(severity));
  for (const { name, severity, range, via } of grave) {
    const titles = via.map((one) => (typeof one === "string" ? `through ${one}` : `${one.title} ${one.url}`));
    console.log(`${severity}: ${name} ${range}: ${titles.join("; ")}`);
  }
  console.log(`${grave.length} high or critical, ${counts.total - grave.length} others, in ${report.metadata.dependencies?.prod ?? "?"} packages.`);
  process.exit(grave.length > 0 ? 1 : 0);
' "$report" "$(npm config get registry)" "$unanswered"
