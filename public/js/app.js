import { ReplyFeed } from './elements/reply-feed.js';
import { JobFeed } from './elements/job-feed.js';
import { openComposer } from './lib/composer.js';
import { addCopyButtons, watchCopyButtons } from './lib/copy.js';
import { watchElsewhere } from './lib/elsewhere.js';
import { followEnd } from './lib/follow.js';
import { offerImageOptions } from './lib/image-options.js';
import { listenToKeys } from './lib/keyboard.js';
import { watchPanels } from './lib/panels.js';
import { coverWhenReturning } from './lib/returning.js';
import { tellTimeZone } from './lib/time-zone.js';

const follow = followEnd();
const elsewhere = watchElsewhere();
const composer = openComposer({ follow, elsewhere });

watchCopyButtons();
watchPanels();
listenToKeys(composer);
offerImageOptions();
tellTimeZone();
coverWhenReturning();
addCopyButtons(document);

customElements.define('reply-feed', ReplyFeed);
customElements.define('job-feed', JobFeed);
composer.showState();
