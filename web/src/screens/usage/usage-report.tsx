import type { Usage } from '../../api/usage.js';
import { Link } from '../../app/router.js';
import { useMay } from '../../app/session.js';
import { Credits, formatCredits } from '../../parts/credits.js';
import { Chart } from './chart.js';
import { wholeDay } from './day-words.js';
import type { UsageView } from './range.js';
import type { DayTotal, Series } from './series.js';

interface UsageReportProps {
  readonly usage: Usage;
  readonly view: UsageView;
  readonly series: readonly Series[];
  readonly totals: readonly DayTotal[];
}

const CELL = 'px-3 py-2 text-right tabular-nums';
const count = new Intl.NumberFormat('en');

/** The sums of a range, drawn by day and as tables. */
export function UsageReport({ usage, view, series, totals }: UsageReportProps) {
  if (usage.totals.generations === 0) return <Nothing />;
  return (
    <>
      <dl className="flex flex-wrap gap-x-12 gap-y-4">
        <Total name="Charged">
          <Credits amount={usage.totals.credits} mode={usage.mode} />
        </Total>
        <Total name="Pictures">{count.format(usage.totals.images)}</Total>
        <Total name="Requests">{count.format(usage.totals.generations)}</Total>
        <Total name="Failed, free of charge">{count.format(usage.totals.failed)}</Total>
      </dl>
      <Chart view={view} mode={usage.mode} series={series} totals={totals} />
      <Breakdown by={view.by} series={series} />
      <ByDay view={view} series={series} totals={totals} />
      <p className="text-sm text-soft">
        A request counts on the day on which it began, with the model that was asked for. Days are those of
        UTC. What still runs is charged when it ends.
      </p>
    </>
  );
}

function Total({ name, children }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <div>
      <dt className="text-sm text-soft">{name}</dt>
      <dd className="text-xl tabular-nums">{children}</dd>
    </div>
  );
}

/** Also what the colours of the chart mean. */
function Breakdown({ by, series }: Pick<UsageView, 'by'> & { readonly series: readonly Series[] }) {
  return (
    <div
      className="overflow-x-auto rounded-lg border border-line bg-sheet"
      role="region"
      aria-label={by === 'model' ? 'Sums by model' : 'Sums by key'}
      tabIndex={0}
    >
      <table className="w-full text-sm">
        <thead className="text-soft">
          <tr className="border-b border-line">
            <th scope="col" className="px-3 py-2 text-left font-normal">
              {by === 'model' ? 'Model' : 'Key'}
            </th>
            <Head>Credits</Head>
            <Head>Pictures</Head>
            <Head>Requests</Head>
            <Head>Failed</Head>
          </tr>
        </thead>
        <tbody>
          {series.map(({ id, name, colour, sums }) => (
            <tr key={id} className="border-b border-line last:border-0">
              <th scope="row" className="px-3 py-2 text-left font-normal">
                <span className="flex items-center gap-2.5">
                  <span
                    aria-hidden
                    className="size-3 shrink-0 rounded-sm"
                    style={{ backgroundColor: colour }}
                  />
                  <span className="min-w-24 break-words">{name}</span>
                </span>
              </th>
              <td className={CELL}>{formatCredits(sums.credits)}</td>
              <td className={CELL}>{count.format(sums.images)}</td>
              <td className={CELL}>{count.format(sums.generations)}</td>
              <td className={CELL}>{count.format(sums.failed)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The chart as numbers. */
function ByDay({ view, series, totals }: Omit<UsageReportProps, 'usage'>) {
  const busy = totals.filter(({ sums }) => sums.generations > 0);
  const places = new Map(totals.map(({ day }, place) => [day, place]));
  return (
    <details>
      <summary className="w-fit rounded-sm text-sm text-soft hover:text-ink">The chart as a table</summary>
      <div
        className="mt-3 overflow-x-auto rounded-lg border border-line bg-sheet"
        role="region"
        aria-label="Sums by day"
        tabIndex={0}
      >
        <table className="w-full text-sm">
          <caption className="px-3 pt-2 text-left text-soft">
            {view.show === 'credits' ? 'Credits' : 'Pictures'} by day; days without requests are left out
          </caption>
          <thead className="text-soft">
            <tr className="border-b border-line">
              <th scope="col" className="px-3 py-2 text-left font-normal">
                Day
              </th>
              {series.map(({ id, name }) => (
                <Head key={id}>{name}</Head>
              ))}
              <Head>Together</Head>
            </tr>
          </thead>
          <tbody>
            {busy.map(({ day, sums }) => (
              <tr key={day} className="border-b border-line last:border-0">
                <th scope="row" className="px-3 py-2 text-left font-normal whitespace-nowrap">
                  {wholeDay(day)}
                </th>
                {series.map(({ id, values }) => (
                  <td key={id} className={CELL}>
                    {formatCredits(values[places.get(day) ?? 0] ?? 0)}
                  </td>
                ))}
                <td className={CELL}>{formatCredits(sums[view.show])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function Head({ children }: { readonly children: React.ReactNode }) {
  return (
    <th scope="col" className="px-3 py-2 text-right font-normal">
      {children}
    </th>
  );
}

function Nothing() {
  const may = useMay();
  return (
    <div className="rounded-lg border border-dashed border-edge/50 px-6 py-14 text-center">
      <p className="font-serif text-xl">Nothing was asked for in these days</p>
      <p className="mt-2 text-soft">
        Requests of every key of this workspace and mode are counted here.
        {may('generate') && (
          <>
            {' '}
            <Link href="/create" className="text-seal underline underline-offset-4">
              Create a picture
            </Link>
          </>
        )}
      </p>
    </div>
  );
}
