import { send } from '../../api/client.js';
import { usageCsvPath, type DayRange } from '../../api/usage.js';

/**
 * Saves a range by day, model and key. A plain link would not say which key of this browser asks.
 * @throws ApiFailure
 */
export async function saveUsageCsv(keyId: string, range: DayRange): Promise<void> {
  const response = await send(keyId, usageCsvPath(range), {});
  const disposition = response.headers.get('content-disposition') ?? '';
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = /filename="([^"]+)"/.exec(disposition)?.[1] ?? 'usage.csv';
  document.body.append(link);
  link.click();
  link.remove();
  URL.revokeObjectURL(url);
}
