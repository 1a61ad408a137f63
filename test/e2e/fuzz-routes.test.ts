/** Generated requests to every route; the rest of a hundred thousand is `npm run test:long -- fuzz-routes`. */
import { testRoutes } from '../support/fuzz/route-fuzz-suite.js';
import { storesOfRun } from '../support/own-stores.js';

// 20,000 in both projects together.
testRoutes(storesOfRun() === 'shared' ? 5_000 : 15_000);
