import { useCurrentKey } from '../../app/session.js';
import { ROLE_WORDS, ROLES } from './role-words.js';
import { Section } from './section.js';

/** What keys of each role may do. */
export function RolesSection() {
  const { role } = useCurrentKey();
  return (
    <Section
      title="Roles"
      about="Each key has one role, for good. What a role may not do is not offered here, and refused by the API."
    >
      <dl className="rounded-lg border border-line bg-sheet">
        {ROLES.map((one) => (
          <div key={one} className="border-b border-line px-5 py-3 last:border-0 sm:flex sm:gap-6">
            <dt className="font-medium sm:w-32 sm:shrink-0">
              {ROLE_WORDS[one].name}
              {one === role && <span className="block text-sm font-normal text-seal">your key</span>}
            </dt>
            <dd className="text-soft">{ROLE_WORDS[one].may}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}
