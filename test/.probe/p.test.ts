import net from 'node:net';
import { it } from 'vitest';
import { startTestServer } from '../support/server.js';
it('x', async () => {
  const s = await startTestServer({env:{ATELIER_MAX_INPUT_BYTES: String(1<<20), ATELIER_MAX_BODY_BYTES: String(2<<20)}});
  const port = Number(new URL(s.url).port);
  const b = '--x\r\ncontent-disposition: form-data; name="';
  async function run(name: string, type: string, head: string, total: number, declared: number, fill='A') {
    const k = net.connect(port,'127.0.0.1');
    k.on('error', (e)=>console.log(name,'ERR',e.message));
    let got=''; k.on('data',(d)=>{got+=d}); 
    const t=performance.now();
    k.on('close',()=>console.log(name,'closed after', performance.now()-t));
    k.write(`POST /v1/images/edits HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${s.testKey}\r\ncontent-type: ${type}\r\ncontent-length: ${declared}\r\n\r\n`);
    k.write(head);
    let sent=head.length;
    while (sent<total && !k.destroyed) { const c=Buffer.alloc(Math.min(65536,total-sent),fill); sent+=c.length; if(!k.write(c)) await Promise.race([new Promise(r=>k.once('drain',r)), new Promise(r=>k.once('close',r)), new Promise(r=>setTimeout(r,1500))]); }
    await new Promise(r=>setTimeout(r,1500));
    console.log(name, 'sent',sent,'unsent buffered',k.writableLength,'destroyed',k.destroyed, JSON.stringify(got.slice(0,40)), got.includes('connection: close'), got.slice(got.indexOf('{'),got.indexOf('{')+150));
    k.destroy();
  }
  const M=1<<20;
  const mp='multipart/form-data; boundary=x';
  await run('json too big, client waits', 'application/json', '{"image_base64": "', 2*M+300000, 20*M);
  await run('json bad base64 early', 'application/json', '{"image_base64": "!!!!', 1.5*M, 1.5*M);
  await run('json image over limit', 'application/json', '{"image_base64": "', 1.9*M, 1.9*M);
  await run('form over limit, client waits', mp, b+'image"; filename="a"\r\n\r\n', 1.3*M, 20*M);
  await run('form over limit, client goes on', mp, b+'image"; filename="a"\r\n\r\n', 20*M, 20*M);
  await run('form dup field then file', mp, b+'n"\r\n\r\n1\r\n'+b+'n"\r\n\r\n1\r\n'+b+'image"; filename="a"\r\n\r\n', 20*M, 20*M);
  await run('form bad disposition', mp, '--x\r\nfoo\r\n\r\n1\r\n--x', 3*M, 3*M);
  await run('generations json too big', 'application/json', '{"image_base64": "', 1.9*M, 20*M);
  await s.stop();
}, 60000);
