import { dialect, namesOnly } from './dialect.ts';

export const openai = dialect({
  name: 'OpenAI',
  list: {
    object: 'list',
    data: [
      {
        id: 'gpt-5.4-mini',
        object: 'model',
        created: 1_750_000_000,
        owned_by: 'openai',
        shutdown_date: null,
      },
      {
        id: 'gpt-4o',
        object: 'model',
        created: 1_750_000_000,
        owned_by: 'openai',
        shutdown_date: '2027-01-14',
      },
      ...namesOnly('text-embedding-3-small', 'gpt-image-2').data,
    ],
  },
  chatModel: 'gpt-5.4-mini',
  imageModel: 'gpt-image-2',
});
