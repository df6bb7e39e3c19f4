import { dialect, namesOnly } from './dialect.ts';

/** Paints alone: nothing here chats. */
export const sdCpp = dialect({
  name: 'stable-diffusion.cpp',
  list: namesOnly('sd-cpp-local'),
  chatModel: '',
  imageModel: 'sd-cpp-local',
  image: { refused: { status: 200, body: { created: 1, data: [] } } },
});
