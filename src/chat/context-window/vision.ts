import type { Actor } from '../../lib/actor.ts';
import { AppError } from '../../lib/errors.ts';
import type { Attachments } from '../../attachments/attachments.ts';
import type { Provider } from '../../provider/provider.ts';

type Deps = {
  attachments: Pick<Attachments, 'list'>;
  provider: Pick<Provider, 'model' | 'models'>;
};

/** Which models see images, as far as their server tells. */
export function createVision({ attachments, provider }: Deps) {
  const nameOf = (model: string | null | undefined) => model ?? provider.models().defaultChat ?? 'auto';
  /** A model of which nothing is known is tried. */
  const seesImages = (model: string | null | undefined) =>
    provider.model(nameOf(model))?.seesImages !== false;

  return {
    seesImages,
    /** Before anything is stored or paid. @throws AppError `model_without_vision` for images that the model cannot see */
    async requireVision(
      actor: Actor,
      ids: readonly string[],
      model: string | null | undefined,
    ): Promise<void> {
      if (ids.length === 0 || seesImages(model)) return;
      const attached = await attachments.list(actor, ids);
      if (attached.some(({ kind }) => kind === 'image'))
        throw new AppError('model_without_vision', { params: { model: nameOf(model) } });
    },
  };
}

export type Vision = ReturnType<typeof createVision>;
