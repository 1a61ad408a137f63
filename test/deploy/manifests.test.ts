/** What is shipped for running the gateway says what the code does: settings, ports, probes, times. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { ConfigError, loadConfig } from '../../src/config/load.js';
import { listSettings } from '../../src/config/schema.js';
import { providers } from '../../src/providers/registry.js';
import { listProviderSettings } from '../../src/providers/settings.js';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const settings = new Map(
  listSettings(listProviderSettings(providers)).map((setting) => [setting.env, setting]),
);
const PORT = settings.get('PORT')?.default ?? '';
const GRACE_S = Number(settings.get('ATELIER_SHUTDOWN_GRACE_S')?.default);
/** Not ours: of Node.js. */
const OF_NODE = ['NODE_ENV'];

const routes = Object.keys(
  z.object({ paths: z.looseObject({}) }).parse(JSON.parse(read('openapi.json'))).paths,
);

function expectSettings(names: readonly string[]): void {
  expect(names.filter((name) => !settings.has(name) && !OF_NODE.includes(name))).toStrictEqual([]);
}

/** Whether a gateway would start with them. */
function problemsOf(env: Readonly<Record<string, string>>): readonly string[] {
  try {
    loadConfig(env, listProviderSettings(providers));
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems;
  }
}

const SECRETS = {
  ATELIER_SECRET: 'x'.repeat(32),
  ATELIER_ADMIN_TOKEN: 'x'.repeat(32),
  AWS_ACCESS_KEY_ID: 'key',
  AWS_SECRET_ACCESS_KEY: 'secret',
};

describe('the Dockerfile', () => {
  const text = read('Dockerfile');

  it('sets settings that there are, and starts the program as nobody special', () => {
    const env = /^ENV ((?:.*\\\n)*.*)$/m.exec(text)?.[1] ?? '';
    const names = [...env.matchAll(/([A-Z_]+)=/g)].map((match) => match[1] ?? '');
    expect(names).toContain('ATELIER_DATA_DIR');
    expectSettings(names);
    expect(text).toContain(`PORT=${PORT}`);
    expect(text).toContain(`EXPOSE ${PORT}`);
    expect(text).toMatch(/^USER node$/m);
    const { bin } = z
      .object({ bin: z.object({ atelier: z.string() }) })
      .parse(JSON.parse(read('package.json')));
    expect(text).toContain(`ENTRYPOINT ["node", "${bin.atelier}"]`);
    expect(/fetch\(`http:\/\/127\.0\.0\.1:\$\{process\.env\.PORT\}(\/\w+)`\)/.exec(text)?.[1]).toBe(
      '/healthz',
    );
    expect(routes).toContain('/healthz');
  });

  it('copies from the project only what .dockerignore lets through', () => {
    const allowed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const copied = [...text.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, names = '']) =>
      names.split(' '),
    );
    expect(copied.toSorted()).toStrictEqual(allowed.toSorted());
    for (const name of copied) expect(existsSync(path.join(root, name)), name).toBe(true);
  });

  it('builds on a Node that the embedded database has files for', () => {
    const major = /node:(\d+)-/.exec(text)?.[1];
    const { engines } = z
      .object({ engines: z.object({ node: z.string() }) })
      .parse(JSON.parse(read('node_modules/better-sqlite3/package.json')));
    expect(engines.node).toContain(`${major ?? ''}.x`);
  });
});

describe('compose.yaml', () => {
  const service = z.looseObject({
    image: z.string(),
    environment: z.record(z.string(), z.string()).optional(),
    ports: z.array(z.string()).optional(),
    stop_grace_period: z.string().optional(),
    healthcheck: z.looseObject({}).optional(),
    depends_on: z.record(z.string(), z.looseObject({ condition: z.string() })).optional(),
  });
  const text = read('compose.yaml');
  const { services } = z.object({ services: z.record(z.string(), service) }).parse(parse(text));
  const { gateway, ...others } = services;

  it('has settings that a gateway starts with', () => {
    const env = gateway?.environment ?? {};
    expectSettings(Object.keys(env));
    const filled = Object.fromEntries(
      Object.entries(env).map(([name, value]) => [
        name,
        value.replace(/\$\{\w+:-([^}]*)\}/g, '$1').replace(/\$\{\w+:\?[^}]*\}/g, 'x'.repeat(32)),
      ]),
    );
    expect(problemsOf(filled)).toStrictEqual([]);
    expect(gateway?.ports).toStrictEqual([`127.0.0.1:${PORT}:${PORT}`]);
    expect(parseInt(gateway?.stop_grace_period ?? '', 10)).toBeGreaterThan(GRACE_S);
  });

  it('has no secret in it, and asks for each', () => {
    for (const [name, { environment = {} }] of Object.entries(services)) {
      for (const [variable, value] of Object.entries(environment)) {
        if (!/PASSWORD|SECRET|TOKEN|ROOT_USER/.test(variable)) continue;
        expect(value, `${name} ${variable}`).toMatch(/^\$\{\w+:\?set it in \.env\}$/);
      }
    }
  });

  it('waits for stores that say that they are ready', () => {
    for (const [name, { condition }] of Object.entries(gateway?.depends_on ?? {})) {
      const other = others[name];
      expect(other, name).toBeDefined();
      if (condition === 'service_healthy') expect(other?.healthcheck, name).toBeDefined();
    }
    // Nothing that moves by itself.
    for (const [name, { image }] of Object.entries(others))
      expect(image, name).not.toMatch(/:latest$|^[^:]+$/);
  });
});

describe('the manifests of Kubernetes', () => {
  const all = ['settings', 'secret.example', 'gateway'].flatMap((name) =>
    parseAllDocuments(read(`deploy/kubernetes/${name}.yaml`)).map((document) => {
      expect(document.errors).toStrictEqual([]);
      return z.looseObject({ kind: z.string() }).parse(document.toJS());
    }),
  );
  const one = <T extends z.ZodType>(kind: string, schema: T) =>
    schema.parse(all.find((document) => document.kind === kind));
  const probe = z.object({ httpGet: z.object({ path: z.string(), port: z.literal('http') }) });
  const deployment = one(
    'Deployment',
    z.object({
      spec: z.object({
        template: z.object({
          metadata: z.object({ labels: z.record(z.string(), z.string()) }),
          spec: z.object({
            terminationGracePeriodSeconds: z.number(),
            containers: z.tuple([
              z.looseObject({
                ports: z.tuple([z.object({ name: z.literal('http'), containerPort: z.number() })]),
                startupProbe: probe,
                livenessProbe: probe,
                readinessProbe: probe,
              }),
            ]),
          }),
        }),
      }),
    }),
  );
  const pod = deployment.spec.template;
  const [container] = pod.spec.containers;

  it('have settings and secrets that a gateway starts with', () => {
    const { data } = one('ConfigMap', z.object({ data: z.record(z.string(), z.string()) }));
    const { stringData } = one('Secret', z.object({ stringData: z.record(z.string(), z.string()) }));
    expectSettings([...Object.keys(data), ...Object.keys(stringData)]);
    // An example has no values.
    expect(new Set(Object.values(stringData))).toStrictEqual(new Set(['']));
    for (const name of Object.keys(stringData)) {
      expect(settings.get(name)?.secret === true || name === 'AWS_ACCESS_KEY_ID', name).toBe(true);
    }
    const filled = { ...data, ...SECRETS, DATABASE_URL: 'postgres://atelier:x@postgres/atelier' };
    expect(problemsOf(filled)).toStrictEqual([]);
    expect(Object.keys({ ...SECRETS, DATABASE_URL: '' }).toSorted()).toStrictEqual(
      Object.keys(stringData).toSorted(),
    );
    expect(pod.spec.terminationGracePeriodSeconds).toBeGreaterThan(
      Number(data['ATELIER_SHUTDOWN_GRACE_S']) + 10,
    );
    expect(data['PORT']).toBe(String(container.ports[0].containerPort));
  });

  it('ask the routes that there are', () => {
    const { livenessProbe, readinessProbe, startupProbe } = container;
    expect([startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet.path)).toStrictEqual([
      '/healthz',
      '/healthz',
      '/readyz',
    ]);
    expect(routes).toEqual(expect.arrayContaining(['/healthz', '/readyz']));
  });

  it('mean the same pods', () => {
    const labels = JSON.stringify(pod.metadata.labels);
    const text = JSON.stringify(all);
    const selectors = [
      ...text.matchAll(/"(?:selector|podSelector)":(\{"app[^}]*\}|\{"matchLabels":\{[^}]*\}\})/g),
    ];
    expect(selectors.length).toBeGreaterThanOrEqual(4);
    for (const [, selector = ''] of selectors) expect(selector).toContain(labels);
  });
});

describe('the service of systemd', () => {
  const text = read('deploy/systemd/atelier.service');

  it('sets settings that there are, and waits for generations to end', () => {
    const names = [...text.matchAll(/^Environment=(.*)$/gm)].flatMap(([, line = '']) =>
      line.split(' ').map((pair) => pair.split('=')[0] ?? ''),
    );
    expect(names).toContain('ATELIER_DATA_DIR');
    expectSettings(names);
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(text)?.[1])).toBeGreaterThan(GRACE_S);
    const state = /^StateDirectory=(\w+)$/m.exec(text)?.[1];
    expect(text).toContain(`ATELIER_DATA_DIR=/var/lib/${state ?? ''}`);
  });
});

it('the file for nginx asks the gateways, with more time than a generation may take', () => {
  const text = read('deploy/nginx/atelier.conf');
  expect(text).toContain(`server 127.0.0.1:${PORT} `);
  // What a trusted proxy has to tell; see docs/security.md.
  expect(text).toMatch(/^ *proxy_set_header X-Forwarded-For \$proxy_add_x_forwarded_for;$/m);
  expect(text).toContain('ATELIER_TRUSTED_PROXIES');
  const longest = Number(settings.get('ATELIER_MAX_GENERATION_S')?.default);
  expect(Number(/proxy_read_timeout (\d+)s/.exec(text)?.[1])).toBeGreaterThan(longest);
});

describe('what is shipped gives the gateway as few rights as it needs', () => {
  it('as an image: a user of its own, and no tool that would give it more', () => {
    const [, final = ''] = read('Dockerfile').split(/^FROM \$\{NODE_IMAGE\}$/m);
    expect(final).toMatch(/^USER node$/m);
    expect(final).not.toMatch(/^USER (root|0)|sudo|setcap|chmod [0-7]*[4-7][0-7]{3}\b|apt-get/m);
    expect(final.indexOf('USER node')).toBeLessThan(final.indexOf('ENTRYPOINT'));
  });

  it('in compose: a root that is only read, no capability, nothing of the host', () => {
    const { services } = z
      .object({ services: z.record(z.string(), z.looseObject({ volumes: z.array(z.string()).optional() })) })
      .parse(parse(read('compose.yaml')));
    expect(services['gateway']).toMatchObject({
      read_only: true,
      tmpfs: ['/tmp'],
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      volumes: ['data:/data'],
    });
    for (const [name, service] of Object.entries(services)) {
      const text = JSON.stringify(service);
      expect(text, name).not.toMatch(
        /privileged|cap_add|unconfined|docker\.sock|"(network_mode|pid|ipc)":"host"/,
      );
      // Volumes by name, none of the host's folders.
      for (const volume of service.volumes ?? []) expect(volume, name).toMatch(/^[a-z]+:/);
    }
  });

  it('in Kubernetes: as the standard for restricted pods asks', () => {
    const deployment = z
      .object({
        spec: z.object({
          template: z.object({
            spec: z.looseObject({
              securityContext: z.looseObject({ runAsUser: z.number() }),
              containers: z.array(z.looseObject({ securityContext: z.looseObject({}) })),
              volumes: z.array(z.looseObject({ name: z.string() })),
            }),
          }),
        }),
      })
      .parse(
        parseAllDocuments(read('deploy/kubernetes/gateway.yaml'))
          .map((document) => z.unknown().parse(document.toJS()))
          .find((document) => z.looseObject({ kind: z.literal('Deployment') }).safeParse(document).success),
      );
    const pod = deployment.spec.template.spec;
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(pod.securityContext.runAsUser).toBeGreaterThan(0);
    for (const { securityContext } of pod.containers) {
      expect(securityContext).toStrictEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
    expect(JSON.stringify(pod)).not.toMatch(/host(Network|PID|IPC|Path|Port)|"privileged"/);
    for (const volume of pod.volumes) expect(volume, volume.name).toHaveProperty('emptyDir');
  });

  it('in systemd: a user that comes and goes, and nothing it could become', () => {
    const text = read('deploy/systemd/atelier.service');
    for (const line of [
      'DynamicUser=yes',
      'NoNewPrivileges=yes',
      'CapabilityBoundingSet=',
      'ProtectSystem=strict',
      'ProtectHome=yes',
      'PrivateTmp=yes',
      'PrivateDevices=yes',
      'SystemCallFilter=@system-service',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
  });
});
