/** Mutated forms, pictures and links; the rest of them is `npm run test:long -- intake-fuzz`. */
import { testIntake } from '../support/fuzz/intake-fuzz-suite.js';

testIntake({ forms: 500, pictures: 300, links: { bytesPerPlace: 3, count: 300 } });
