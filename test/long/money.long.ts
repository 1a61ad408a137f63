/** Some thousand random histories of accounts, on both databases, for one caller and for several at once. */
import '../../src/credits/ledger-moves.test.js';
import '../../src/credits/money-moves.test.js';
