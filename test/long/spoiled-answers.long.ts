/** The same with six hundred requests for each dialect: `npm run test:long -- spoiled-answers`. */
import '../faults/spoiled-answers.test.js';
