import messages from 'virtual:messages/landing'
import { decode, findGenerated, urlOf } from 'vidchat-kit'
import { loadMessages, titlePage } from '../language/language.svelte.ts'
import { t } from '../language/text.ts'
import { brandName } from '../ui/brand.ts'
import '../ui/theme.css'
import { registerWorker, workersOf } from '../offline/register.ts'
import { showIncomplete, showPage } from '../ui/show-page.ts'
import Landing from './Landing.svelte'

// A link that lost its path.
const found = findGenerated(decode(location.hash))
if (found?.kind === 'room') location.replace(urlOf(found, location.origin))

loadMessages(messages).then(() => {
  titlePage(() => t('landing.title', { brand: brandName() }))
  showPage(Landing, {})
}, showIncomplete)
registerWorker({ ...workersOf(window), isBusy: () => false })
