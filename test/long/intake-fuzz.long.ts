/** Mutated forms, pictures of every format and links, in numbers: no failure of ours, no hang, no leak, no link that opens. */
import { testIntake } from '../support/fuzz/intake-fuzz-suite.js';

testIntake({ forms: 30_000, pictures: 15_000, links: { bytesPerPlace: 255, count: 50_000 } });
