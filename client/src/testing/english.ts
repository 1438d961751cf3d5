/** Texts are in English in all tests that choose nothing else. */
import call from 'virtual:messages/call'
import landing from 'virtual:messages/landing'
import later from 'virtual:messages/later'
import { setMessages } from '../language/text.ts'

const parts = await Promise.all([landing, call, later].map((part) => part['en']?.()))
const messages = Object.assign({}, ...parts.map((part) => part?.default))

export const showEnglish = () => setMessages(messages, { tag: 'en', direction: 'ltr' })

showEnglish()
