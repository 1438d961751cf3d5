/** Paths of icons that only a call has, as in Icon.svelte. They load with the call. */
export const CALL_ICONS = {
  pin: 'M9 4h6l-.8 6.2 3.3 3.3v1.5h-11v-1.5l3.3-3.3L9 4ZM12 15v5.5',
  unpin: 'M9.2 5.6 9 4h6l-.8 6.2 3.3 3.3v1.5M14 15H6.5v-1.5l3.3-3.3M12 15v5.5M4 4l16 16',
  expand: 'M4.5 9.5v-5h5M14.5 4.5h5v5M19.5 14.5v5h-5M9.5 19.5h-5v-5',
  shrink: 'M9.5 4.5v5h-5M19.5 9.5h-5v-5M14.5 19.5v-5h5M4.5 14.5h5v5',
  'speaker-view': 'M4.5 4.5h15v9.5h-15ZM4.5 17.5h3v2h-3ZM10.5 17.5h3v2h-3ZM16.5 17.5h3v2h-3Z',
  'picture-in-picture':
    'M10 18.5H6A1.5 1.5 0 0 1 4.5 17V7A1.5 1.5 0 0 1 6 5.5h12A1.5 1.5 0 0 1 19.5 7v4M13 13.5h6.5v5H13Z',
} as const
