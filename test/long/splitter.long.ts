/** The splitter of JSON bodies with pictures against JSON.parse and Buffer.from: a million texts, half of them damaged. */
import '../../src/providers/shared/json-pictures-properties.test.js';
