import { describe, expect, it } from 'vitest';
import { buildXmp } from './xmp.js';
import type { XmpFacts } from './xmp.js';

const facts: XmpFacts = {
  digitalSourceType: 'trainedAlgorithmicMedia',
  creatorTool: 'Atelier',
  model: 'gpt-image-2',
  recipeHash: 'ab12',
};

describe('buildXmp', () => {
  it('names the source type by its full address, deterministically', () => {
    const packet = buildXmp(facts);
    expect(packet).toContain(
      '<Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia<',
    );
    expect(buildXmp({ ...facts })).toBe(packet);
  });

  it('leaves out what is not known', () => {
    expect(buildXmp({ ...facts, recipeHash: undefined })).not.toContain('RecipeHash');
  });

  it('escapes markup and replaces what XML cannot hold', () => {
    const packet = buildXmp({ ...facts, model: '</rdf:RDF>&"\'\u0000\u001b\ud800\uffff\r狐🦊' });
    expect(packet).toContain(
      '<atelier:Model>&lt;/rdf:RDF&gt;&amp;&quot;&apos;\ufffd\ufffd\ufffd\ufffd&#13;狐🦊</atelier:Model>',
    );
  });
});
