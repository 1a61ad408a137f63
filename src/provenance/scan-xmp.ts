import { tagsOf } from './xml-tags.js';
import type { XmlTag } from './xml-tags.js';

const RDF = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
const MAX_DEPTH = 64;
const MAX_PROPERTIES = 2000;

/** A property of the picture itself; those inside of structures are left out. */
export interface ScannedProperty {
  readonly namespace: string;
  readonly name: string;
  /** Unescaped; undefined where it isn't plain text or an address. */
  readonly value: string | undefined;
}

/** What stands in an XMP packet. */
export interface ScannedXmp {
  readonly properties: readonly ScannedProperty[];
  /** What the first description says it is about. */
  readonly about: string;
  /** Offset of the end tag behind the last description; undefined where no other can be added. */
  readonly rdfEnd: number | undefined;
}

/** An open element, with the prefixes that it declares itself. */
interface Open {
  readonly tag: string;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly prefixes: ReadonlyMap<string, string>;
  readonly attributes: readonly (readonly [string, string])[];
  text: string;
  hasChildren: boolean;
}

/** Reads a packet's simple properties; undefined when the text is no XML of the kind that XMP is written in. */
export function scanXmp(text: string): ScannedXmp | undefined {
  const scan = new Scan();
  for (const tag of tagsOf(text)) if (tag === undefined || !scan.take(tag)) return undefined;
  return scan.end();
}

class Scan {
  readonly #open: Open[] = [];
  readonly #properties: ScannedProperty[] = [];
  #about: string | undefined;
  #rdfEnd: number | undefined;
  #rdfCount = 0;

  /** False when the tag makes no sense here. */
  take(tag: XmlTag): boolean {
    const top = this.#open.at(-1);
    if (tag.kind === 'text') {
      if (top !== undefined) top.text += tag.text;
      return true;
    }
    if (tag.kind === 'close') {
      if (top?.tag !== tag.name) return false;
      this.#close(top, tag.at);
      return true;
    }
    if (this.#open.length >= MAX_DEPTH || this.#properties.length >= MAX_PROPERTIES) return false;
    if (top !== undefined) top.hasChildren = true;
    const element = this.#element(tag.name, tag.attributes);
    this.#open.push(element);
    if (isRdf(element, 'RDF')) this.#rdfCount += 1;
    if (this.#isDescription(this.#open.length - 1)) this.#describe(element);
    if (tag.isEmpty) this.#close(element, undefined);
    return true;
  }

  end(): ScannedXmp | undefined {
    if (this.#open.length > 0 || this.#rdfCount !== 1) return undefined;
    return { properties: this.#properties, about: this.#about ?? '', rdfEnd: this.#rdfEnd };
  }

  #element(tag: string, attributes: Open['attributes']): Open {
    const prefixes = new Map<string, string>();
    for (const [name, value] of attributes) {
      if (name.startsWith('xmlns:')) prefixes.set(name.slice(6), value);
      if (name === 'xmlns') prefixes.set('', value);
    }
    const { prefix, name } = split(tag);
    const namespace = prefixes.get(prefix) ?? this.#namespaceOf(prefix);
    return { tag, namespace, name, prefixes, attributes, text: '', hasChildren: false };
  }

  #namespaceOf(prefix: string): string | undefined {
    return this.#open.findLast(({ prefixes }) => prefixes.has(prefix))?.prefixes.get(prefix);
  }

  #isDescription(at: number): boolean {
    return isRdf(this.#open[at], 'Description') && isRdf(this.#open[at - 1], 'RDF');
  }

  /** Properties may be written as attributes of the description. */
  #describe(element: Open): void {
    for (const [attribute, value] of element.attributes) {
      const { prefix, name } = split(attribute);
      if (prefix === '' || prefix === 'xmlns' || prefix === 'xml') continue;
      const namespace = this.#namespaceOf(prefix) ?? '';
      if (namespace !== RDF) this.#properties.push({ namespace, name, value });
      else if (name === 'about') this.#about ??= value;
    }
  }

  #close(element: Open, at: number | undefined): void {
    this.#open.pop();
    if (isRdf(element, 'RDF')) this.#rdfEnd = at;
    if (!this.#isDescription(this.#open.length - 1)) return;
    const { namespace = '', name, attributes, hasChildren, text } = element;
    const address = attributes.find(([attribute]) => split(attribute).name === 'resource')?.[1];
    this.#properties.push({ namespace, name, value: address ?? (hasChildren ? undefined : text) });
  }
}

function isRdf(element: Open | undefined, name: string): boolean {
  return element?.namespace === RDF && element.name === name;
}

function split(name: string): { prefix: string; name: string } {
  const colon = name.indexOf(':');
  return { prefix: name.slice(0, Math.max(0, colon)), name: name.slice(colon + 1) };
}
