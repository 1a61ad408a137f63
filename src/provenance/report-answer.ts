import { z } from 'zod';
import type { C2paReport, ProvenanceReport, XmpReport } from './report.js';

const generatorSchema = z.object({ name: z.string(), version: z.string().optional() });

/** What a picture's bytes say, as it is answered and printed. All of it is the file's own claim. */
export const provenanceReportSchema = z.object({
  mime_type: z.string().optional().describe('Absent when the bytes are no PNG, JPEG, WebP or AVIF.'),
  c2pa: z
    .object({
      verification: z.literal('unverified').describe('Neither signatures nor hashes are checked.'),
      place: z.string(),
      size_bytes: z.number().int(),
      labels: z.array(z.string()).describe('JUMBF boxes, as paths.'),
      active_manifest: z.string().optional(),
      manifests: z.array(
        z.object({
          label: z.string().optional(),
          claim_generator: z.string().optional(),
          claim_generator_info: z.array(generatorSchema),
          title: z.string().optional(),
          format: z.string().optional(),
          assertions: z.array(z.string()),
          actions: z.array(
            z.object({
              action: z.string(),
              digital_source_type: z.string().optional(),
              software_agent: z.string().optional(),
              description: z.string().optional(),
            }),
          ),
          digital_source_types: z.array(z.string()),
        }),
      ),
    })
    .optional(),
  xmp: z
    .object({
      size_bytes: z.number().int(),
      digital_source_type: z.string().optional(),
      creator_tool: z.string().optional(),
      model: z.string().optional(),
      recipe_hash: z.string().optional(),
      derived_from_sha256: z.string().optional().describe('The picture that was edited.'),
      original_sha256: z.string().optional().describe('The signed picture that it was converted from.'),
      remote_manifest: z.string().optional(),
    })
    .optional(),
  problems: z.array(z.string()).describe('What was damaged, unknown or too large to be read.'),
});
export type ProvenanceReportAnswer = z.output<typeof provenanceReportSchema>;

export function toReportAnswer({ mimeType, c2pa, xmp, problems }: ProvenanceReport): ProvenanceReportAnswer {
  return {
    ...(mimeType === undefined ? {} : { mime_type: mimeType }),
    ...(c2pa === undefined ? {} : { c2pa: toC2paAnswer(c2pa) }),
    ...(xmp === undefined ? {} : { xmp: toXmpAnswer(xmp) }),
    problems: [...problems],
  };
}

function toC2paAnswer(c2pa: C2paReport): NonNullable<ProvenanceReportAnswer['c2pa']> {
  return {
    verification: c2pa.verification,
    place: c2pa.place,
    size_bytes: c2pa.sizeBytes,
    labels: [...c2pa.labels],
    active_manifest: c2pa.activeManifest,
    manifests: c2pa.manifests.map((manifest) => ({
      label: manifest.label,
      claim_generator: manifest.claimGenerator,
      claim_generator_info: manifest.claimGeneratorInfo.map((generator) => ({ ...generator })),
      title: manifest.title,
      format: manifest.format,
      assertions: [...manifest.assertions],
      actions: manifest.actions.map(({ action, digitalSourceType, softwareAgent, description }) => ({
        action,
        digital_source_type: digitalSourceType,
        software_agent: softwareAgent,
        description,
      })),
      digital_source_types: [...manifest.digitalSourceTypes],
    })),
  };
}

function toXmpAnswer(xmp: XmpReport): NonNullable<ProvenanceReportAnswer['xmp']> {
  return {
    size_bytes: xmp.sizeBytes,
    digital_source_type: xmp.digitalSourceType,
    creator_tool: xmp.creatorTool,
    model: xmp.model,
    recipe_hash: xmp.recipeHash,
    derived_from_sha256: xmp.derivedFromSha256,
    original_sha256: xmp.originalSha256,
    remote_manifest: xmp.remoteManifest,
  };
}
