const vendors = ['acorn', 'birch', 'cedar', 'dogwood', 'elm'];

/** A list as OpenRouter gives it: `count` chat models of five vendors, of which one sees images, thinks and ends soon. */
export function manyModels(count: number) {
  const data = Array.from({ length: count }, (_, at) => {
    const number = String(at).padStart(4, '0');
    return {
      id: `${vendors[at % vendors.length]}/model-${number}`,
      architecture: {
        input_modalities: at === 7 ? ['text', 'image'] : ['text'],
        output_modalities: ['text'],
      },
      context_length: at === 7 ? 1_048_576 : 131_072,
      supported_parameters: at === 7 ? ['temperature', 'reasoning'] : ['temperature'],
      ...(at === 7 ? { shutdown_date: soon() } : {}),
    };
  });
  return { object: 'list', data };
}

/** The name of the one that can do more than the others. */
export const giftedModel = 'cedar/model-0007';

/** A day a month from now. */
export const soon = () => new Date(Date.now() + 30 * 24 * 60 * 60_000).toISOString().slice(0, 10);
