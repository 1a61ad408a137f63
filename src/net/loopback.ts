/** Whether a name or address can only mean this machine; IPv6 with or without brackets. */
export function isLoopback(host: string): boolean {
  return /^(127(\.\d{1,3}){3}|localhost|::1|\[::1\])$/.test(host);
}
