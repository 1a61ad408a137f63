const EXAMPLES = [
  'A red sailboat on a calm lake at sunset, loose watercolour on rough paper',
  'A snow leopard looking at the camera, telephoto photograph, soft morning light',
  'A flat vector poster of a lighthouse in three colours, with the words "Come home"',
];

/** Before the first picture: what to write. */
export function EmptyStage({ onExample }: { readonly onExample: (text: string) => void }) {
  return (
    <div className="m-auto w-full max-w-xl px-6 py-16">
      <p className="font-serif text-2xl text-balance">Pictures appear here</p>
      <p className="mt-2 text-soft">Write what you would like to see, or begin with one of these.</p>
      <ul className="mt-6 divide-y divide-line border-y border-line">
        {EXAMPLES.map((example) => (
          <li key={example}>
            <button
              type="button"
              onClick={() => {
                onExample(example);
              }}
              className="w-full rounded-sm py-3 text-left font-serif text-lg hover:text-seal"
            >
              {example}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
