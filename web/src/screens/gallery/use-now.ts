import { useEffect, useState } from 'react';

/** Unix seconds, told anew twice a minute: for what is counted down in minutes. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now() / 1000);
  useEffect(() => {
    const timer = setInterval(() => {
      setNow(Date.now() / 1000);
    }, 30_000);
    return () => {
      clearInterval(timer);
    };
  }, []);
  return now;
}
