/** 512,000,000 bytes up and down, on disk and on S3. */
process.env['LARGE_FILE_EDGE'] = '8000';
await import('../e2e/large-files.test.js');
