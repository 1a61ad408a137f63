/** A hundred thousand generated requests to every route: no failure of ours, no hang, no leak, books that add up. */
import { testRoutes } from '../support/fuzz/route-fuzz-suite.js';

testRoutes(100_000);
