import { describe, expect, it } from 'vitest';
import { buildXmp, buildXmpDescription, digitalSourceTypeName, xmpProperties } from './xmp.js';
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

  it('names the picture that was edited by its hash, in the namespace of our own', () => {
    const packet = buildXmp({ ...facts, derivedFrom: { sha256: 'cd12' } });
    expect(packet).toContain('<atelier:DerivedFromSHA256>cd12</atelier:DerivedFromSHA256>');
    expect(buildXmp({ ...facts, derivedFrom: undefined })).toBe(buildXmp(facts));
  });

  it('escapes markup and replaces what XML cannot hold', () => {
    const packet = buildXmp({ ...facts, model: '</rdf:RDF>&"\'\u0000\u001b\ud800\uffff\r狐🦊' });
    expect(packet).toContain(
      '<atelier:Model>&lt;/rdf:RDF&gt;&amp;&quot;&apos;\ufffd\ufffd\ufffd\ufffd&#13;狐🦊</atelier:Model>',
    );
  });
});

describe('the other forms', () => {
  it('state the same properties in one more description, about what the others are about', () => {
    const description = buildXmpDescription(facts, 'uuid:"1"');
    expect(description).toContain('rdf:about="uuid:&quot;1&quot;"');
    for (const { prefix, name, value } of xmpProperties(facts))
      expect(description).toContain(`<${prefix}:${name}>${value}</${prefix}:${name}>`);
  });

  it('name a source type by its vocabulary, and anything else as it stands', () => {
    expect(digitalSourceTypeName('https://cv.iptc.org/newscodes/digitalsourcetype/digitalArt')).toBe(
      'digitalArt',
    );
    expect(digitalSourceTypeName(' own words ')).toBe('own words');
  });
});
