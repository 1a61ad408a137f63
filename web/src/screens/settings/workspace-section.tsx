import { useMay } from '../../app/session.js';
import { AlertsForm } from './alerts-form.js';
import { Facts, READ_ONLY } from './facts.js';
import { Loaded, Section } from './section.js';
import { limitWords } from './typed-limits.js';
import { useWorkspace } from './use-workspace.js';
import { WorkspaceForm } from './workspace-form.js';
import { WorkspaceLimitsForm } from './workspace-limits-form.js';
import { RETIRED_WORDS, retentionWords, UNKNOWN_WORDS } from './workspace-words.js';

/** Name, rules of every request, limits and alerts of the workspace. */
export function WorkspaceSection() {
  const may = useMay();
  const workspace = useWorkspace();
  const changes = may('change_settings');
  return (
    <Section
      title="Workspace"
      about={changes ? 'What holds for every key of the workspace, live and test.' : READ_ONLY}
    >
      <Loaded query={workspace} what="the settings">
        {(settings) =>
          changes ? (
            <>
              <WorkspaceForm settings={settings} />
              <WorkspaceLimitsForm limits={settings.limits} />
              <AlertsForm alerts={settings.alerts} />
            </>
          ) : (
            <Facts
              facts={[
                ['Name', settings.name],
                ['Retired models', RETIRED_WORDS[settings.retired_models]],
                ['Calls that were never answered', UNKNOWN_WORDS[settings.unknown_outcomes]],
                [
                  'Pictures without a mark of origin',
                  settings.mark_unlabelled ? 'are marked' : 'stay as they are',
                ],
                ['Pictures that nobody keeps', retentionWords(settings.retention.pictures_s)],
                ['Limits', limitWords(settings.limits) === '' ? 'none' : limitWords(settings.limits)],
              ]}
            />
          )
        }
      </Loaded>
    </Section>
  );
}
