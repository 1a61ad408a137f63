/** What a gateway tells at `/metrics`, by series with its labels as they are written. */
export async function readMetrics(origin: string, adminToken: string): Promise<ReadonlyMap<string, number>> {
  const answer = await fetch(`${origin}/metrics`, { headers: { authorization: `Bearer ${adminToken}` } });
  if (answer.status !== 200) throw new Error(`/metrics answers ${answer.status}`);
  const lines = (await answer.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}
