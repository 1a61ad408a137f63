import { Link, useRouter } from '../../app/router.js';
import { useMay } from '../../app/session.js';
import { SECTIONS } from './sections.js';

/** What can be set for a workspace, a section at a time. Sections that the key may not see are not there. */
export function SettingsScreen() {
  const { path } = useRouter();
  const may = useMay();
  const sections = SECTIONS.filter(({ needs }) => needs === undefined || may(needs));
  const asked = sections.find((section) => path === `/settings/${section.path}`);
  const hidden = asked === undefined && SECTIONS.some((section) => path === `/settings/${section.path}`);
  const current = asked ?? sections[0];
  return (
    <div className="mx-auto flex w-full max-w-6xl flex-col gap-6 px-4 py-8 sm:px-6 lg:flex-row lg:gap-12">
      <div className="lg:w-44 lg:shrink-0">
        <h1 className="font-serif text-2xl">Settings</h1>
        <nav aria-label="Settings" className="-mx-4 mt-4 overflow-x-auto px-4 lg:mx-0 lg:px-0">
          <ul className="flex gap-1 lg:flex-col">
            {sections.map((section) => (
              <li key={section.path}>
                <Link
                  href={`/settings/${section.path}`}
                  aria-current={section === current && !hidden ? 'page' : undefined}
                  className="block rounded-md px-3 py-1.5 whitespace-nowrap text-soft hover:bg-hover hover:text-ink aria-[current]:bg-well aria-[current]:text-ink"
                >
                  {section.name}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
      </div>
      <div className="min-w-0 flex-1">
        {hidden ? (
          <p className="text-soft">
            This section is not for the role of your key. An owner or admin of the workspace sees it.
          </p>
        ) : (
          current !== undefined && <current.Content />
        )}
      </div>
    </div>
  );
}
