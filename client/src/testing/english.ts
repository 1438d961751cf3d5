/** Texts are in English in all tests. */
import call from 'virtual:messages/call'
import landing from 'virtual:messages/landing'
import later from 'virtual:messages/later'
import { setMessages } from '../language/text.ts'

const parts = await Promise.all([landing, call, later].map((part) => part['en']?.()))
setMessages(Object.assign({}, ...parts.map((part) => part?.default)), {
  tag: 'en',
  direction: 'ltr',
})
