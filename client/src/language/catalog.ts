/** Generated from messages/en.json by `npm run messages`: every key with its values. */
export type NoValues = Record<never, never>

export interface Catalog {
  'page.home': { brand: string | number }
  'page.home-button': NoValues
  'page.language': NoValues
  'page.language-missing': NoValues
  'page.test': NoValues
  'page.sentence': { title: string | number }
  'page.pair': { name: string | number; value: string | number }
  'landing.title': { brand: string | number }
  'landing.heading': NoValues
  'landing.lead': NoValues
  'landing.start': NoValues
  'landing.start-password': NoValues
  'landing.insecure': NoValues
  'landing.invitation': NoValues
  'landing.paste': NoValues
  'landing.join': NoValues
  'landing.private.title': NoValues
  'landing.private.text': NoValues
  'landing.key.title': NoValues
  'landing.key.text': NoValues
  'landing.free.title': NoValues
  'landing.free.text': NoValues
  'invitation.empty': NoValues
  'invitation.not-a-code': NoValues
  'invitation.other-server': NoValues
  'invitation.not-a-call': NoValues
  'invitation.damaged': NoValues
  'invitation.too-long': NoValues
  'offline.offline': NoValues
  'offline.lost': NoValues
  'offline.start': NoValues
  'offline.join': NoValues
  'lobby.title': { brand: string | number }
  'lobby.heading': NoValues
  'lobby.preview': NoValues
  'lobby.privacy.both': NoValues
  'lobby.privacy.camera': NoValues
  'lobby.privacy.microphone': NoValues
  'lobby.privacy.none': NoValues
  'lobby.elsewhere': NoValues
  'lobby.password.choose': NoValues
  'lobby.password.choose-hint': NoValues
  'lobby.password.enter': NoValues
  'lobby.password.enter-hint': NoValues
  'lobby.password.first-hint': NoValues
  'lobby.password.wrong': NoValues
  'lobby.password.wait': { seconds: number }
  'lobby.password.show-label': NoValues
  'lobby.password.show': NoValues
  'lobby.password.hide': NoValues
  'lobby.name': NoValues
  'lobby.name-note': NoValues
  'lobby.join': NoValues
  'lobby.continue-here': NoValues
  'lobby.status': NoValues
  'lobby.status-password': NoValues
  'devices.both': NoValues
  'devices.camera': NoValues
  'devices.microphone': NoValues
  'devices.speaker': NoValues
  'devices.default.camera': NoValues
  'devices.default.microphone': NoValues
  'devices.default.speaker': NoValues
  'devices.numbered.camera': { number: string | number }
  'devices.numbered.microphone': { number: string | number }
  'devices.numbered.speaker': { number: string | number }
  'devices.missing': NoValues
  'devices.asking': NoValues
  'devices.mute': NoValues
  'devices.unmute': NoValues
  'devices.camera-off': NoValues
  'devices.camera-on': NoValues
  'devices.you': NoValues
  'devices.note.asking': NoValues
  'devices.note.off': NoValues
  'devices.note.missing': NoValues
  'unavailable.link-too-long.title': NoValues
  'unavailable.link-too-long.text': NoValues
  'unavailable.link-damaged.title': NoValues
  'unavailable.link-damaged.text': NoValues
  'unavailable.link-rejected.title': NoValues
  'unavailable.link-rejected.text': NoValues
  'unavailable.page-insecure.title': NoValues
  'unavailable.page-insecure.text': NoValues
  'unavailable.page-incomplete.title': NoValues
  'unavailable.page-incomplete.text': NoValues
  'unavailable.browser-unsupported.title': NoValues
  'unavailable.browser-unsupported.text': NoValues
  'state.joining.title': NoValues
  'state.joining.text': NoValues
  'state.someone.title': NoValues
  'state.someone.text': NoValues
  'state.connected': NoValues
  'state.connected-except': { names: string | number }
  'state.alone': NoValues
  'state.alone.unreachable': NoValues
  'state.alone.send': NoValues
  'state.alone.send-locked': NoValues
  'state.alone.rejoin': NoValues
  'state.alone.rejoin-locked': NoValues
  'state.left': { name: string | number }
  'state.left-unnamed': NoValues
  'state.server.disconnected': NoValues
  'state.server.disconnected-talking': NoValues
  'state.server.restarting': NoValues
  'state.server.restarting-talking': NoValues
  'state.away': NoValues
  'state.unreachable.title': NoValues
  'state.unreachable.text': NoValues
  'state.refused.title': NoValues
  'state.refused.text': { reason: string | number }
  'state.reconnecting.title': NoValues
  'state.reconnecting.text': NoValues
  'state.failing.title': NoValues
  'state.failing.text': NoValues
  'state.failing.no-relay': NoValues
  'state.rejected.title': NoValues
  'state.rejected.text': NoValues
  'state.try-now': NoValues
  'state.try-again': NoValues
  'lock.locked': NoValues
  'lock.unlocked': NoValues
  'lock.invite': NoValues
  'lock.refused.title': NoValues
  'lock.refused.text': NoValues
  'lock.asking.title': NoValues
  'lock.asking.text': NoValues
  'lock.denied.title': NoValues
  'lock.denied.text': NoValues
  'lock.ask': NoValues
  'lock.ask-again': NoValues
  'lock.cancel': NoValues
  'lock.knock': { name: string | number }
  'lock.knock-unnamed': NoValues
  'lock.admit': NoValues
  'lock.deny': NoValues
  'end.full-seats.title': NoValues
  'end.full-seats.text': NoValues
  'end.full-rooms.title': NoValues
  'end.full-rooms.text': NoValues
  'end.full-tries.title': NoValues
  'end.full-tries.text': NoValues
  'end.hung-up.title': NoValues
  'end.hung-up.text': NoValues
  'end.moved.title': NoValues
  'end.moved.text': NoValues
  'end.rejoin': NoValues
  'media.denied.title': { which: string | number }
  'media.denied.text': { which: string | number }
  'media.dismissed.title': { which: string | number }
  'media.dismissed.text': NoValues
  'media.policy.title': { which: string | number }
  'media.policy.text': NoValues
  'media.system.title': { which: string | number }
  'media.system.text': { which: string | number }
  'media.not-found.title': { which: string | number }
  'media.not-found.text': { works: string | number }
  'media.in-use.title': { which: string | number }
  'media.in-use.text': { which: string | number }
  'media.overconstrained.title': { which: string | number }
  'media.overconstrained.text': NoValues
  'media.insecure.title': { which: string | number }
  'media.insecure.text': NoValues
  'media.unsupported.title': { which: string | number }
  'media.unsupported.text': { works: string | number }
  'media.unplugged.title': { which: string | number }
  'media.unplugged.text': NoValues
  'media.interrupted.title': { which: string | number }
  'media.interrupted.text': { which: string | number }
  'media.unknown.title': { which: string | number }
  'media.unknown.text': NoValues
  'media.replaced.named': { device: string | number }
  'media.replaced.unnamed': NoValues
  'media.continue': NoValues
  'people.other': NoValues
  'people.guest': { number: string | number }
  'people.you': NoValues
  'people.you-guest': { number: string | number }
  'people.someone': NoValues
  'people.their-screen': NoValues
  'people.screen': { name: string | number }
  'tile.server-lost': NoValues
  'tile.connecting': NoValues
  'tile.reconnecting': NoValues
  'tile.failing': NoValues
  'tile.retry': { name: string | number }
  'tile.muted': NoValues
  'tile.camera-off': NoValues
  'tile.unwanted': NoValues
  'tile.waiting': NoValues
  'tile.pin': { name: string | number }
  'tile.pin-yourself': NoValues
  'tile.pin-other': NoValues
  'tile.pin-their-screen': NoValues
  'tile.pin-hint': NoValues
  'tile.unpin-hint': NoValues
  'tile.full-screen': { name: string | number }
  'tile.full-screen-other': NoValues
  'tile.full-screen-their-screen': NoValues
  'tile.full-screen-hint': NoValues
  'tile.leave-full-screen-hint': NoValues
  'tile.flip': NoValues
  'security.title': NoValues
  'security.verified.title': NoValues
  'security.verified.text': NoValues
  'security.code.title': { code: string | number }
  'security.code.text': NoValues
  'security.unavailable.title': NoValues
  'security.unavailable.insecure': NoValues
  'security.unavailable.no-code': NoValues
  'controls.call': NoValues
  'controls.label': NoValues
  'controls.share': NoValues
  'controls.share-hint': NoValues
  'controls.stop-share-hint': NoValues
  'controls.sharing': NoValues
  'controls.stop-sharing': NoValues
  'controls.lock': NoValues
  'controls.lock-hint': NoValues
  'controls.unlock-hint': NoValues
  'controls.chat': NoValues
  'controls.chat-hint': NoValues
  'controls.chat-unread': { count: number }
  'controls.more': NoValues
  'controls.more-raised': NoValues
  'controls.invite': NoValues
  'controls.invite-hint': NoValues
  'controls.settings': NoValues
  'controls.hang-up': NoValues
  'controls.close': NoValues
  'controls.speaker-view': NoValues
  'controls.speaker-view-hint': NoValues
  'controls.picture-in-picture': NoValues
  'invite.title': NoValues
  'invite.link': NoValues
  'invite.copy': NoValues
  'invite.copied': NoValues
  'invite.selected': NoValues
  'invite.qr': NoValues
  'invite.qr-label': NoValues
  'invite.share': NoValues
  'invite.share-title': NoValues
  'invite.password': NoValues
  'settings.title': NoValues
  'settings.devices': NoValues
  'settings.notices': NoValues
  'settings.keyboard': NoValues
  'settings.keys.space': NoValues
  'settings.keys.microphone': NoValues
  'settings.keys.camera': NoValues
  'settings.keys.speaker-view': NoValues
  'settings.keys.full-screen': NoValues
  'settings.keys.talk': NoValues
  'sound.original': NoValues
  'sound.hint': NoValues
  'sound.echo': NoValues
  'screen.title': NoValues
  'screen.text': NoValues
  'screen.text-hint': NoValues
  'screen.motion': NoValues
  'screen.motion-hint': NoValues
  'data.title': NoValues
  'data.label': NoValues
  'data.full': NoValues
  'data.low': NoValues
  'data.audio': NoValues
  'data.full-hint': NoValues
  'data.low-hint': NoValues
  'data.audio-hint': NoValues
  'data.offer': NoValues
  'data.accept': NoValues
  'data.decline': NoValues
  'notice.muted': NoValues
  'notice.unmute': NoValues
  'notice.never': NoValues
  'notice.sound': NoValues
  'notice.sounds': NoValues
  'notice.muted-hint': NoValues
  'notice.allow': NoValues
  'notice.granted': NoValues
  'notice.denied': NoValues
  'notice.title': { count: string | number; happening: string | number; usual: string | number }
  'notice.joined': { name: string | number }
  'notice.left': { name: string | number }
  'notice.knock': { name: string | number }
  'notice.knock-unnamed': NoValues
  'notice.wrote': { name: string | number }
  'notice.file': { name: string | number }
  'announce.label': NoValues
  'announce.present': { count: number; names: string | number }
  'announce.joined': { name: string | number }
  'announce.left': { name: string | number }
  'announce.microphone-on': { name: string | number }
  'announce.microphone-off': { name: string | number }
  'announce.camera-on': { name: string | number }
  'announce.camera-off': { name: string | number }
  'announce.screen-on': { name: string | number }
  'announce.screen-off': { name: string | number }
  'announce.failing': { name: string | number }
  'announce.reconnecting': { name: string | number }
  'announce.connected': { name: string | number }
  'chat.label': NoValues
  'chat.close': NoValues
  'chat.messages': NoValues
  'chat.message': NoValues
  'chat.send': NoValues
  'chat.send-again': NoValues
  'chat.too-long': { count: number }
  'chat.characters-left': { count: number }
  'chat.late': NoValues
  'chat.shortened': NoValues
  'chat.empty': NoValues
  'chat.nobody': NoValues
  'chat.not-delivered': { names: string | number }
  'chat.unread-by': { count: number; names: string | number }
  'chat.sending': NoValues
  'chat.sending-to': { names: string | number }
  'chat.deaf': { count: number; names: string | number }
  'chat.deaf-tag': NoValues
  'chat.flood': { name: string | number }
  'chat.wrote': { name: string | number; text: string | number }
  'chat.offered': { file: string | number; name: string | number }
  'reaction.label': NoValues
  'reaction.thumbs-up': NoValues
  'reaction.heart': NoValues
  'reaction.laughing': NoValues
  'reaction.surprised': NoValues
  'reaction.applause': NoValues
  'reaction.raise-hand': NoValues
  'reaction.lower-hand': NoValues
  'reaction.hand': { place: number }
  'reaction.hand-raised': { name: string | number }
  'files.files': NoValues
  'files.send': NoValues
  'files.drop': NoValues
  'files.limit': { size: string | number }
  'files.none': NoValues
  'files.too-large': { count: number; names: string | number }
  'files.accept': NoValues
  'files.accept-named': { file: string | number }
  'files.decline': NoValues
  'files.decline-named': { file: string | number }
  'files.cancel': NoValues
  'files.cancel-named': { file: string | number }
  'files.save-again': NoValues
  'files.progress': { file: string | number }
  'files.out.offered': { name: string | number }
  'files.out.moving': { name: string | number; percent: string | number }
  'files.out.paused': { name: string | number; percent: string | number }
  'files.out.done': { name: string | number }
  'files.out.declined': { name: string | number }
  'files.out.cancelled': { name: string | number }
  'files.out.damaged': { name: string | number }
  'files.out.failed': { name: string | number }
  'files.out.left': { name: string | number }
  'files.in.offered': { size: string | number }
  'files.in.moving': { percent: string | number; size: string | number }
  'files.in.paused': { percent: string | number; size: string | number }
  'files.in.received': { size: string | number }
  'files.in.saved': { size: string | number }
  'files.in.declined': NoValues
  'files.in.cancelled': NoValues
  'files.in.damaged': NoValues
  'files.in.failed': NoValues
  'files.in.left': NoValues
  'quality.computer.title': { name: string | number }
  'quality.computer.text': NoValues
  'quality.loss.title': { name: string | number }
  'quality.loss.text': NoValues
  'quality.upload.title': { name: string | number }
  'quality.upload.text': NoValues
  'quality.upload.text-group': NoValues
  'quality.unsteady.title': { name: string | number }
  'quality.unsteady.text': NoValues
  'quality.far.title': { name: string | number }
  'quality.far.text': { time: string | number }
  'quality.far.text-relayed': { time: string | number }
  'quality.own-computer.title': NoValues
  'quality.own-computer.text': NoValues
  'quality.own-loss.title': NoValues
  'quality.own-loss.text': NoValues
  'quality.own-upload.title': NoValues
  'quality.own-upload.text': NoValues
  'quality.own-download.title': NoValues
  'quality.own-download.text': NoValues
  'quality.well.title': NoValues
  'quality.well.text': NoValues
  'quality.figures': NoValues
  'quality.connections': NoValues
  'quality.why': { title: string | number }
  'quality.summary.direct': { name: string | number; time: string | number }
  'quality.summary.relayed': { name: string | number; time: string | number }
  'quality.summary.unknown': { name: string | number; time: string | number }
  'quality.path': NoValues
  'quality.path.direct': NoValues
  'quality.path.relayed': NoValues
  'quality.path.unknown': NoValues
  'quality.path.by': { path: string | number; protocol: string | number }
  'quality.round-trip': NoValues
  'quality.lost': NoValues
  'quality.jitter': NoValues
  'quality.in': NoValues
  'quality.out': NoValues
  'quality.available': NoValues
  'quality.picture-in': NoValues
  'quality.picture-out': NoValues
  'quality.freezes': NoValues
  'quality.codecs': NoValues
  'quality.unknown': NoValues
  'quality.none': NoValues
  'quality.picture': { rate: string | number; size: string | number }
  'quality.kilobits': { rate: string | number }
  'quality.megabits': { rate: string | number }
  'check.document-title': { brand: string | number }
  'check.lead': NoValues
  'check.start': NoValues
  'check.again': NoValues
  'check.running': NoValues
  'check.problems': { count: number }
  'check.tone': NoValues
  'check.record': NoValues
  'check.recording': NoValues
  'check.playing': NoValues
  'check.record-failed': NoValues
  'check.heard': NoValues
  'check.not-heard': NoValues
  'check.copy': NoValues
  'check.copied': NoValues
  'check.result-label': NoValues
  'check.results': NoValues
  'check.outcome.running': NoValues
  'check.outcome.ok': NoValues
  'check.outcome.note': NoValues
  'check.outcome.problem': NoValues
  'check.browser.title': NoValues
  'check.browser.able': NoValues
  'check.browser.insecure.title': NoValues
  'check.browser.insecure.text': NoValues
  'check.browser.no-webrtc.title': NoValues
  'check.browser.no-webrtc.text': NoValues
  'check.device.asking': NoValues
  'check.device.off': NoValues
  'check.camera.on': { size: string | number }
  'check.microphone.heard': NoValues
  'check.microphone.silent': NoValues
  'check.speaker.untried': NoValues
  'check.speaker.heard': NoValues
  'check.speaker.not-heard': NoValues
  'check.connecting': NoValues
  'check.websocket.title': NoValues
  'check.websocket.open': { time: string | number }
  'check.websocket.failed.title': NoValues
  'check.websocket.failed.text': NoValues
  'check.websocket.unreachable.title': NoValues
  'check.websocket.unreachable.text': NoValues
  'check.polling.title': NoValues
  'check.polling.works': NoValues
  'check.polling.failed': NoValues
  'check.stun.title': NoValues
  'check.stun.running': NoValues
  'check.stun.answers': NoValues
  'check.stun.none': NoValues
  'check.stun.unknown': NoValues
  'check.stun.silent.title': NoValues
  'check.stun.silent.text': NoValues
  'check.relay.none.title': NoValues
  'check.relay.none.text': NoValues
  'check.relay.unknown.title': NoValues
  'check.relay.unknown.text': NoValues
  'check.relay.title': { port: string | number; transport: string | number }
  'check.relay.works': NoValues
  'check.relay.silent.title': { port: string | number; transport: string | number }
  'check.relay.silent.text': NoValues
  'check.call.title': NoValues
  'check.call.picture': { time: string | number }
  'check.call.connected': { time: string | number }
  'check.call.failed.title': NoValues
  'check.call.failed.text': NoValues
}
