/** `deploy/grafana/atelier.json`: what operators watch, for Grafana 10 and later with a Prometheus data source. */

interface Panel {
  readonly title: string;
  readonly description: string;
  readonly unit: string;
  /** PromQL and the legend of each query. */
  readonly queries: readonly (readonly [string, string])[];
  readonly kind?: 'stat' | 'stacked';
}

const WIDTH = 8;
const HEIGHT = 8;
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };
/** Set by the variables of the dashboard. */
const HERE = 'instance=~"$instance"';

const rate = (metric: string, labels = '') => `rate(${metric}{${HERE}${labels}}[$__rate_interval])`;
const quantile = (q: number, metric: string, by: string, labels = '') =>
  `histogram_quantile(${q}, sum by (le${by === '' ? '' : `, ${by}`}) (${rate(`${metric}_bucket`, labels)}))`;

const ROWS: readonly { readonly title: string; readonly panels: readonly Panel[] }[] = [
  {
    title: 'At a glance',
    panels: [
      {
        title: 'Generations by outcome',
        description: 'Generations that ended, per second. `failed` are those without any picture.',
        unit: 'ops',
        kind: 'stacked',
        queries: [
          [`sum by (status) (${rate('atelier_generations_total', ', mode=~"$mode"')})`, '{{status}}'],
        ],
      },
      {
        title: 'Pictures delivered by model',
        description: 'By the model that was asked.',
        unit: 'ops',
        kind: 'stacked',
        queries: [
          [`sum by (model) (${rate('atelier_images_delivered_total', ', mode=~"$mode"')})`, '{{model}}'],
        ],
      },
      {
        title: 'Generation time',
        description: 'From the call to the end, waiting and provider included.',
        unit: 's',
        queries: [
          [quantile(0.5, 'atelier_generation_duration_seconds', '', ', mode=~"$mode"'), 'p50'],
          [quantile(0.95, 'atelier_generation_duration_seconds', '', ', mode=~"$mode"'), 'p95'],
          [quantile(0.99, 'atelier_generation_duration_seconds', '', ', mode=~"$mode"'), 'p99'],
        ],
      },
      {
        title: 'Requests by status',
        description: 'Everything that was asked over HTTP.',
        unit: 'reqps',
        kind: 'stacked',
        queries: [[`sum by (status) (${rate('atelier_http_requests_total')})`, '{{status}}']],
      },
      {
        title: 'Request time by route, p95',
        description: 'The five slowest routes.',
        unit: 's',
        queries: [
          [
            `topk(5, ${quantile(0.95, 'atelier_http_request_duration_seconds', 'method, route')})`,
            '{{method}} {{route}}',
          ],
        ],
      },
      {
        title: 'Versions that run',
        description: 'More than one while an update rolls out.',
        unit: 'none',
        kind: 'stat',
        queries: [[`count by (version, node) (atelier_build_info{${HERE}})`, '{{version}} on {{node}}']],
      },
    ],
  },
  {
    title: 'Where the time goes',
    panels: [
      {
        title: 'Phases, p95',
        description: 'Each step of a generation; docs/operations.md tells what they are.',
        unit: 's',
        queries: [[quantile(0.95, 'atelier_phase_duration_seconds', 'phase'), '{{phase}}']],
      },
      {
        title: 'Seconds spent per second, by phase',
        description: 'How many requests are in each phase on average.',
        unit: 'none',
        kind: 'stacked',
        queries: [[`sum by (phase) (${rate('atelier_phase_duration_seconds_sum')})`, '{{phase}}']],
      },
      {
        title: 'Event loop delay',
        description: 'How late this process comes to its work. Above 100 ms it has too much of it.',
        unit: 's',
        queries: [[`max by (stat) (atelier_event_loop_delay_seconds{${HERE}})`, '{{stat}}']],
      },
    ],
  },
  {
    title: 'Providers',
    panels: [
      {
        title: 'Calls by outcome',
        description: 'Calls to providers, per second; a generation may take several.',
        unit: 'ops',
        kind: 'stacked',
        queries: [
          [`sum by (outcome) (${rate('atelier_upstream_attempts_total', ', mode=~"$mode"')})`, '{{outcome}}'],
        ],
      },
      {
        title: 'Share of failed calls by provider',
        description: 'Without what was refused for its content.',
        unit: 'percentunit',
        queries: [
          [
            `sum by (provider) (${rate('atelier_upstream_attempts_total', ', mode=~"$mode", outcome!~"delivered|moderated|invalid_request|cancelled"')}) / sum by (provider) (${rate('atelier_upstream_attempts_total', ', mode=~"$mode"')})`,
            '{{provider}}',
          ],
        ],
      },
      {
        title: 'Call time by provider, p95',
        description: 'From the sending of a call to its last picture.',
        unit: 's',
        queries: [
          [
            quantile(0.95, 'atelier_upstream_attempt_duration_seconds', 'provider', ', mode=~"$mode"'),
            '{{provider}}',
          ],
        ],
      },
      {
        title: 'Paused routes',
        description: '1: half open, one call tries; 2: not called.',
        unit: 'none',
        queries: [[`max by (route) (atelier_route_state{${HERE}}) > 0`, '{{route}}']],
      },
      {
        title: 'Keys that rest or are parked',
        description: 'Parked: refused by the provider, or without credit there.',
        unit: 'none',
        queries: [
          [`max by (route, state) (atelier_route_keys{${HERE}, state!="ready"}) > 0`, '{{route}} {{state}}'],
        ],
      },
      {
        title: 'Answers of another shape',
        description: 'A provider changed its protocol: its adapter has to follow.',
        unit: 'none',
        queries: [
          [
            `sum by (provider, kind) (increase(atelier_upstream_drift_total{${HERE}}[1h]))`,
            '{{provider}} {{kind}}',
          ],
        ],
      },
      {
        title: 'Calls on routes and their limits',
        description: 'Limits fall when a provider pushes back, and rise again.',
        unit: 'none',
        queries: [
          [`sum by (route, state) (atelier_route_calls{${HERE}}) > 0`, '{{route}} {{state}}'],
          [`sum by (route) (atelier_route_calls_limit{${HERE}})`, '{{route}} limit'],
        ],
      },
    ],
  },
  {
    title: 'Waiting',
    panels: [
      {
        title: 'Queue',
        description: 'Generations that wait in the database, for all processes.',
        unit: 'none',
        queries: [[`max(atelier_queue_generations{${HERE}})`, 'waiting']],
      },
      {
        title: 'Age of the oldest',
        description: 'How long the oldest of them has waited.',
        unit: 's',
        queries: [[`max(atelier_queue_oldest_seconds{${HERE}})`, 'oldest']],
      },
      {
        title: 'Calls in this process',
        description: 'Running within the places, or waiting for one.',
        unit: 'none',
        kind: 'stacked',
        queries: [[`sum by (state) (atelier_calls{${HERE}})`, '{{state}}']],
      },
      {
        title: 'Webhooks',
        description: 'Attempts per second, and deliveries that have not ended.',
        unit: 'none',
        queries: [
          [`sum by (outcome) (${rate('atelier_webhook_attempts_total')})`, '{{outcome}} per second'],
          [`max(atelier_webhook_deliveries_waiting{${HERE}})`, 'waiting'],
        ],
      },
    ],
  },
  {
    title: 'Money',
    panels: [
      {
        title: 'Credits per hour',
        description: 'Set aside, charged, and given back unused.',
        unit: 'none',
        queries: [
          [`sum(increase(atelier_credits_held_total{${HERE}, mode=~"$mode"}[1h]))`, 'held'],
          [`sum(increase(atelier_credits_settled_total{${HERE}, mode=~"$mode"}[1h]))`, 'settled'],
          [`sum(increase(atelier_credits_released_total{${HERE}, mode=~"$mode"}[1h]))`, 'released'],
        ],
      },
      {
        title: 'Credits of all workspaces',
        description: 'Balances, and what of them is set aside.',
        unit: 'none',
        queries: [[`max by (kind) (atelier_credits{${HERE}, mode=~"$mode"})`, '{{kind}}']],
      },
    ],
  },
  {
    title: 'Process',
    panels: [
      {
        title: 'Bytes',
        description: 'To and from callers, and into the store.',
        unit: 'Bps',
        queries: [
          [`sum(${rate('atelier_http_received_bytes_total')})`, 'received'],
          [`sum(${rate('atelier_http_sent_bytes_total')})`, 'sent'],
          [`sum(${rate('atelier_stored_bytes_total')})`, 'stored'],
        ],
      },
      {
        title: 'Pictures not stored',
        description: 'The store did not take them: some of them may have been paid for.',
        unit: 'none',
        queries: [[`sum(increase(atelier_store_failures_total{${HERE}}[$__rate_interval]))`, 'not stored']],
      },
      {
        title: 'Memory',
        description: 'Of each process.',
        unit: 'bytes',
        queries: [[`max by (kind) (atelier_process_memory_bytes{${HERE}})`, '{{kind}}']],
      },
      {
        title: 'Processors',
        description: '1 is one core.',
        unit: 'none',
        kind: 'stacked',
        queries: [[`sum by (kind) (${rate('atelier_process_cpu_seconds_total')})`, '{{kind}}']],
      },
      {
        title: 'Connections and files',
        description: 'Open connections of callers, open file descriptors.',
        unit: 'none',
        queries: [
          [`sum(atelier_http_connections{${HERE}})`, 'connections'],
          [`max(atelier_process_open_fds{${HERE}})`, 'files'],
        ],
      },
      {
        title: 'Room',
        description:
          'Requests under way and streams of events, and what is refused a second for lack of room, by reason.',
        unit: 'none',
        queries: [
          [`sum by (kind) (atelier_open_requests{${HERE}})`, '{{kind}}'],
          [`sum by (reason) (${rate('atelier_overload_refusals_total')})`, 'refused: {{reason}}'],
        ],
      },
      {
        title: 'Sweeper',
        description: 'Runs per hour by outcome, and what was removed.',
        unit: 'none',
        queries: [
          [`sum by (outcome) (increase(atelier_sweeps_total{${HERE}}[1h]))`, 'runs {{outcome}}'],
          [`sum by (kind) (increase(atelier_swept_total{${HERE}}[1h]))`, '{{kind}} removed'],
        ],
      },
      {
        title: 'Up since',
        description: 'Time since the start of each process.',
        unit: 's',
        kind: 'stat',
        queries: [[`time() - atelier_process_start_time_seconds{${HERE}}`, '{{instance}}']],
      },
    ],
  },
];

/** The dashboard as Grafana imports it. */
export function grafanaDashboard(): unknown {
  let id = 0;
  let y = 0;
  const panels = ROWS.flatMap(({ title, panels: inRow }) => {
    const header = { id: (id += 1), type: 'row', title, collapsed: false, gridPos: { h: 1, w: 24, x: 0, y } };
    const placed = inRow.map((panel, index) =>
      toPanel(panel, (id += 1), { x: (index % 3) * WIDTH, y: y + 1 + Math.floor(index / 3) * HEIGHT }),
    );
    y += 1 + Math.ceil(inRow.length / 3) * HEIGHT;
    return [header, ...placed];
  });
  return {
    title: 'Atelier',
    uid: 'atelier',
    tags: ['atelier'],
    schemaVersion: 39,
    version: 1,
    editable: true,
    timezone: 'browser',
    time: { from: 'now-6h', to: 'now' },
    refresh: '30s',
    templating: {
      list: [
        { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
        {
          name: 'instance',
          label: 'Process',
          type: 'query',
          datasource: DATASOURCE,
          query: 'label_values(atelier_build_info, instance)',
          refresh: 2,
          multi: true,
          includeAll: true,
          allValue: '.*',
          current: { text: 'All', value: '$__all' },
        },
        {
          name: 'mode',
          label: 'Mode',
          type: 'custom',
          query: 'live,test',
          multi: true,
          includeAll: true,
          allValue: '.*',
          current: { text: 'live', value: ['live'] },
        },
      ],
    },
    panels,
  };
}

function toPanel(
  { title, description, unit, queries, kind }: Panel,
  id: number,
  at: { x: number; y: number },
) {
  const stacked = kind === 'stacked';
  return {
    id,
    type: kind === 'stat' ? 'stat' : 'timeseries',
    title,
    description,
    datasource: DATASOURCE,
    gridPos: { h: HEIGHT, w: WIDTH, ...at },
    fieldConfig: {
      defaults: {
        unit,
        min: 0,
        ...(kind === 'stat'
          ? {}
          : {
              custom: {
                drawStyle: 'line',
                lineWidth: 1,
                fillOpacity: stacked ? 30 : 8,
                showPoints: 'never',
                stacking: { mode: stacked ? 'normal' : 'none' },
              },
            }),
      },
      overrides: [],
    },
    options:
      kind === 'stat'
        ? { reduceOptions: { calcs: ['lastNotNull'] }, textMode: 'value_and_name' }
        : {
            legend: { displayMode: 'table', placement: 'bottom', calcs: ['mean', 'max'], showLegend: true },
            tooltip: { mode: 'multi', sort: 'desc' },
          },
    targets: queries.map(([expr, legendFormat], index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: DATASOURCE,
      expr,
      legendFormat,
      range: true,
    })),
  };
}
