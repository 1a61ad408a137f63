import { lazy, type ComponentType } from 'react';
import type { Permission } from '../api/session.js';
import { CompareIcon, CreateIcon, EditIcon, GalleryIcon, SettingsIcon, UsageIcon } from '../parts/icons.js';

/** A screen of the playground. */
export interface Screen {
  /** Where it is; also everything below. */
  readonly path: string;
  /** One word, for the navigation and the title of the page. */
  readonly name: string;
  readonly Icon: ComponentType<{ readonly className?: string }>;
  /** What somebody has to be allowed to see anything there; without it the navigation leaves it out. */
  readonly needs?: Permission;
  /** Loaded when it is first shown. */
  readonly Content: ComponentType;
}

/** Every screen, in the order of the navigation; the first is where one lands. */
export const SCREENS: readonly [Screen, ...Screen[]] = [
  {
    path: '/create',
    name: 'Create',
    Icon: CreateIcon,
    Content: lazy(async () => ({
      default: (await import('../screens/create/create-screen.js')).CreateScreen,
    })),
  },
  {
    path: '/edit',
    name: 'Edit',
    Icon: EditIcon,
    Content: lazy(async () => ({
      default: (await import('../screens/edit/edit-screen.js')).EditScreen,
    })),
  },
  {
    path: '/compare',
    name: 'Compare',
    Icon: CompareIcon,
    Content: lazy(async () => ({
      default: (await import('../screens/compare/compare-screen.js')).CompareScreen,
    })),
  },
  {
    path: '/gallery',
    name: 'Gallery',
    Icon: GalleryIcon,
    Content: lazy(async () => ({
      default: (await import('../screens/gallery/gallery-screen.js')).GalleryScreen,
    })),
  },
  {
    path: '/usage',
    name: 'Usage',
    Icon: UsageIcon,
    needs: 'read_money',
    Content: lazy(async () => ({
      default: (await import('../screens/usage/usage-screen.js')).UsageScreen,
    })),
  },
  {
    path: '/settings',
    name: 'Settings',
    Icon: SettingsIcon,
    Content: lazy(async () => ({
      default: (await import('../screens/settings/settings-screen.js')).SettingsScreen,
    })),
  },
];

export function findScreen(path: string): Screen | undefined {
  return SCREENS.find((screen) => path === screen.path || path.startsWith(`${screen.path}/`));
}
