import { mount } from 'svelte'
import messages from 'virtual:messages/landing'
import { decode, findGenerated, urlOf } from 'vidchat-kit'
import { loadMessages, titlePage } from '../language/language.svelte.ts'
import { t } from '../language/text.ts'
import { brandName } from '../ui/brand.ts'
import '../ui/theme.css'
import { registerWorker, workersOf } from '../offline/register.ts'
import { showIncomplete } from '../ui/incomplete.ts'
import Landing from './Landing.svelte'

// A link that lost its path.
const found = findGenerated(decode(location.hash))
if (found?.kind === 'room') location.replace(urlOf(found, location.origin))

loadMessages(messages).then(() => {
  titlePage(() => t('landing.title', { brand: brandName() }))
  mount(Landing, { target: document.getElementById('app') ?? document.body })
}, showIncomplete)
registerWorker({ ...workersOf(window), isBusy: () => false })
