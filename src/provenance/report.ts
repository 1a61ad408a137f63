/** What a picture's bytes say of its origin. All of it is the file's own claim. */
export interface ProvenanceReport {
  /** Undefined for anything that doesn't begin like one of the four. */
  readonly mimeType: 'image/png' | 'image/jpeg' | 'image/webp' | 'image/avif' | undefined;
  readonly c2pa: C2paReport | undefined;
  readonly xmp: XmpReport | undefined;
  /** What was damaged, unknown or too large to be read: sentences. Empty when everything found was read. */
  readonly problems: readonly string[];
}

/** Content credentials. */
export interface C2paReport {
  /** Always: neither signatures nor hashes are checked. */
  readonly verification: 'unverified';
  /** Where they stand in the file, such as `caBX chunk`. */
  readonly place: string;
  readonly sizeBytes: number;
  /** Labels of the JUMBF boxes, as paths. */
  readonly labels: readonly string[];
  readonly activeManifest: string | undefined;
  /** Those of the pictures it was made from come first. */
  readonly manifests: readonly ManifestFacts[];
}

export interface ManifestFacts {
  readonly label: string | undefined;
  readonly claimGenerator: string | undefined;
  readonly claimGeneratorInfo: readonly { readonly name: string; readonly version?: string | undefined }[];
  readonly title: string | undefined;
  readonly format: string | undefined;
  /** Labels of the assertions. */
  readonly assertions: readonly string[];
  readonly actions: readonly ManifestAction[];
  /** Names of IPTC's vocabulary where they are from it, else as stated. */
  readonly digitalSourceTypes: readonly string[];
}

export interface ManifestAction {
  readonly action: string;
  readonly digitalSourceType?: string | undefined;
  readonly softwareAgent?: string | undefined;
  readonly description?: string | undefined;
}

/** The first XMP packet. */
export interface XmpReport {
  /** Length of the raw packet, unpacked. */
  readonly sizeBytes: number;
  /** IPTC's, by its name in the vocabulary where it is from there, else as stated. */
  readonly digitalSourceType: string | undefined;
  readonly creatorTool: string | undefined;
  /** Our own properties; undefined in pictures that weren't marked here. */
  readonly model: string | undefined;
  readonly recipeHash: string | undefined;
  readonly derivedFromSha256: string | undefined;
  readonly originalSha256: string | undefined;
  /** Address of content credentials that are kept elsewhere; they sign this file too. */
  readonly remoteManifest: string | undefined;
}

const MAX_TEXT = 1000;

/** Foreign text is cut to a thousand characters; halves of characters are replaced. */
export function clip(text: string): string;
export function clip(text: string | undefined): string | undefined;
export function clip(text: string | undefined): string | undefined {
  return text === undefined ? undefined : Buffer.from(text.slice(0, MAX_TEXT)).toString('utf8');
}
