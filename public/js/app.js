import { jobFeed } from './elements/job-feed.js';
import { replyFeed } from './elements/reply-feed.js';
import { offerAttachments } from './lib/attachments/tray.js';
import { openComposer } from './lib/composer.js';
import { addCopyButtons, watchCopyButtons } from './lib/copy.js';
import { openEvents } from './lib/cross-tab.js';
import { watchEffort } from './lib/effort-field.js';
import { followEnd } from './lib/follow.js';
import { offerImageOptions } from './lib/image-options.js';
import { listenToKeys } from './lib/keyboard.js';
import { offerModels } from './lib/model-picker/model-picker.js';
import { openMessageForms } from './lib/message-forms.js';
import { sendFormsInPlace } from './lib/in-place-forms.js';
import { followConversation } from './lib/messages.js';
import { openOutline } from './lib/outline.js';
import { watchPanels } from './lib/panels.js';
import { coverWhenReturning } from './lib/bfcache-guard.js';
import { watchSearchBox } from './lib/search/search-box.js';
import { showMessageWhileLeaving } from './lib/start-page.js';
import { tellTimeZone } from './lib/time-zone.js';
import { growWindow } from './lib/window-growth.js';

const follow = followEnd();
const events = openEvents(document.body.dataset.user ?? '');
const messages = followConversation(events);
// Before the composer: what is sent while files are on their way waits for them.
offerAttachments();
const composer = openComposer({ follow, messages });

watchCopyButtons();
watchPanels();
openMessageForms();
sendFormsInPlace();
listenToKeys(composer, openOutline());
growWindow();
offerImageOptions();
offerModels();
watchEffort();
showMessageWhileLeaving();
tellTimeZone();
watchSearchBox();
coverWhenReturning();
addCopyButtons(document);

customElements.define('reply-feed', replyFeed(events));
customElements.define('job-feed', jobFeed(events));
composer.showState();
