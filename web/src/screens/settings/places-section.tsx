import { useQuery } from '@tanstack/react-query';
import { modelList } from '../../api/models.js';
import { useApi, useCurrentKey, useMay } from '../../app/session.js';
import { Facts, READ_ONLY } from './facts.js';
import { PolicyForm } from './policy-form.js';
import { prcPlaces } from './prc-places.js';
import { PrcOptIn } from './prc-opt-in.js';
import { Loaded, Section } from './section.js';
import { useWorkspace } from './use-workspace.js';

/** To whom and where requests may leave. */
export function PlacesSection() {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  const may = useMay();
  const workspace = useWorkspace();
  const models = useQuery({
    queryKey: [keyId, 'models'],
    queryFn: ({ signal }) => api(modelList(signal)),
    staleTime: 60_000,
  });
  const changes = may('change_settings');
  return (
    <Section
      title="Where requests go"
      about={
        <>
          A request leaves for whoever runs its model: the prompt, its pictures and nothing else. Models on
          your own machines leave nowhere. {!changes && READ_ONLY}
        </>
      }
    >
      <Loaded query={workspace} what="the settings">
        {(settings) =>
          changes ? (
            <>
              <PrcOptIn settings={settings} places={prcPlaces(models.data?.data ?? [])} />
              <PolicyForm policy={settings.policy} />
            </>
          ) : (
            <Facts
              facts={[
                ['Operators in mainland China', settings.prc_opt_in ? 'allowed' : 'not allowed'],
                ['Blocked countries', settings.policy.blocked_countries.join(', ') || 'none'],
                [
                  'Models without a content policy',
                  settings.policy.models_without_content_policy === 'allow' ? 'allowed' : 'not allowed',
                ],
              ]}
            />
          )
        }
      </Loaded>
    </Section>
  );
}
