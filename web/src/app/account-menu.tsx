import { Menu } from '@base-ui/react/menu';
import { useRef } from 'react';
import { ChevronIcon, CheckIcon } from '../parts/icons.js';
import { MENU_ITEM, MENU_POPUP } from '../parts/menu-look.js';
import { THEME_CHOICES, useThemeChoice } from '../theme/theme-choice.js';
import { useRouter } from './router.js';
import { useCurrentKey, useSession } from './session.js';

const THEME_NAMES = { system: 'Like the system', light: 'Light', dark: 'Dark' } as const;

/** Which key this tab works with, light or dark, signing out. */
export function AccountMenu() {
  const key = useCurrentKey();
  const { keys = [], switchTo, signOut } = useSession();
  const { path, go } = useRouter();
  const [theme, setTheme] = useThemeChoice();
  const place = useRef<HTMLDivElement>(null);
  return (
    <div ref={place}>
      <Menu.Root>
        <Menu.Trigger className="flex h-9 max-w-56 items-center gap-2 rounded-md border border-line bg-sheet pr-2 pl-3 text-sm hover:bg-hover data-popup-open:bg-hover">
          <span
            aria-hidden
            className={`size-2 shrink-0 rounded-full ${key.kind === 'test' ? 'bg-warn' : 'bg-good'}`}
          />
          <span className="truncate">
            {key.workspace.name}
            <span className="text-soft"> · {key.kind}</span>
          </span>
          <ChevronIcon className="size-3.5 shrink-0 text-soft" />
          <span className="sr-only">Workspace, theme and signing out</span>
        </Menu.Trigger>
        <Menu.Portal container={place}>
          <Menu.Positioner sideOffset={6} align="end" className="z-40">
            <Menu.Popup className={`${MENU_POPUP} w-72`}>
              <Menu.Group>
                <Menu.GroupLabel className="px-3 pt-2 pb-1 text-xs text-soft">Signed in with</Menu.GroupLabel>
                <Menu.RadioGroup value={key.id} onValueChange={switchTo}>
                  {keys.map((one) => (
                    <Menu.RadioItem key={one.id} value={one.id} closeOnClick className={MENU_ITEM}>
                      <span
                        aria-hidden
                        className={`size-2 shrink-0 rounded-full ${one.kind === 'test' ? 'bg-warn' : 'bg-good'}`}
                      />
                      <span className="min-w-0 flex-1">
                        <span className="block truncate">
                          {one.workspace.name} · {one.kind}
                        </span>
                        <span className="block truncate text-xs text-soft">
                          {one.name}, {one.role}
                        </span>
                      </span>
                      <Menu.RadioItemIndicator className="text-seal">
                        <CheckIcon className="size-4" />
                      </Menu.RadioItemIndicator>
                    </Menu.RadioItem>
                  ))}
                </Menu.RadioGroup>
              </Menu.Group>
              <Menu.Item
                className={MENU_ITEM}
                onClick={() => {
                  go(`${path}?add-key`);
                }}
              >
                Sign in with another key
              </Menu.Item>
              <Menu.Separator className="my-1 border-t border-line" />
              <Menu.Group>
                <Menu.GroupLabel className="px-3 pt-2 pb-1 text-xs text-soft">Appearance</Menu.GroupLabel>
                <Menu.RadioGroup value={theme} onValueChange={setTheme}>
                  {THEME_CHOICES.map((choice) => (
                    <Menu.RadioItem key={choice} value={choice} className={MENU_ITEM}>
                      <span className="flex-1">{THEME_NAMES[choice]}</span>
                      <Menu.RadioItemIndicator className="text-seal">
                        <CheckIcon className="size-4" />
                      </Menu.RadioItemIndicator>
                    </Menu.RadioItem>
                  ))}
                </Menu.RadioGroup>
              </Menu.Group>
              <Menu.Separator className="my-1 border-t border-line" />
              <Menu.LinkItem href="/docs" className={MENU_ITEM}>
                Documentation
              </Menu.LinkItem>
              <Menu.Item className={MENU_ITEM} onClick={() => void signOut(key.id)}>
                {keys.length > 1 ? 'Sign out of this key' : 'Sign out'}
              </Menu.Item>
              {keys.length > 1 && (
                <Menu.Item className={MENU_ITEM} onClick={() => void signOut('1')}>
                  Sign out of all
                </Menu.Item>
              )}
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
    </div>
  );
}
