"""The icons of the interface: own drawings on a 24 x 24 grid, strokes in the colour of the text."""

ICONS: dict[str, str] = {
    "alert": '<path d="M12 4 2.8 19.5h18.4z"/><path d="M12 10v4.5M12 17v.2"/>',
    "back": '<path d="M19 12H5M11 6l-6 6 6 6"/>',
    "bell": '<path d="M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15z"/><path d="M10 20.5h4"/>',
    "book": '<path d="M5 4.5h11a3 3 0 0 1 3 3v12H8a3 3 0 0 1-3-3z"/><path d="M5 16.5a3 3 0 0 1 3-3h11"/>',
    "building": '<path d="M4 20.5h16M6 20.5v-16h8v16M14 9.5h4v11"/><path d="M9 8.5h2M9 12h2M9 15.5h2"/>',
    "calendar": '<path d="M4 6h16v14H4zM4 10.5h16M8 3.5V8M16 3.5V8"/>',
    "chart": '<path d="M4 4v16h16"/><path d="M8.5 16v-4M12.5 16V7.5M16.5 16v-6"/>',
    "check": '<path d="m4.5 12.5 5 5L19.5 7"/>',
    "clock": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5.2l3.4 2"/>',
    "close": '<path d="m6 6 12 12M18 6 6 18"/>',
    "compare": '<path d="M4 8h13M13.5 4.5 17 8l-3.5 3.5M20 16H7M10.5 12.5 7 16l3.5 3.5"/>',
    "down": '<path d="m6 9.5 6 6 6-6"/>',
    "download": '<path d="M12 4v11M7.5 10.5 12 15l4.5-4.5M4.5 19.5h15"/>',
    "edit": '<path d="M4.5 19.5l1-4.5L16 4.5l3.5 3.5L9 18.5z"/><path d="m13.5 7 3.5 3.5"/>',
    "eye": '<path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z"/>'
    '<circle cx="12" cy="12" r="2.8"/>',
    "file": '<path d="M6 3.5h8l4.5 4.5v12.5H6z"/><path d="M14 3.5V8h4.5M9 12.5h6.5M9 16h6.5"/>',
    "flag": '<path d="M5.5 21V4M5.5 5h12l-2.5 4 2.5 4h-12"/>',
    "folder": '<path d="M3.5 6h6l2 2.5h9V19h-17z"/>',
    "gear": '<circle cx="12" cy="12" r="3"/>'
    '<path d="M12 3.5v3M12 17.5v3M3.5 12h3M17.5 12h3M6 6l2.1 2.1M15.9 15.9 18 18'
    'M18 6l-2.1 2.1M8.1 15.9 6 18"/>',
    "globe": '<circle cx="12" cy="12" r="8.5"/>'
    '<path d="M3.5 12h17M12 3.5c3 2.4 3.8 5.4 3.8 8.5s-.8 6.1-3.8 8.5'
    'c-3-2.4-3.8-5.4-3.8-8.5s.8-6.1 3.8-8.5z"/>',
    "help": '<circle cx="12" cy="12" r="8.5"/><path d="M9.6 9.6a2.5 2.5 0 1 1 3.4 2.4c-.7.3-1 .8-1 1.6M12 16.4v.2"/>',
    "history": '<path d="M4.5 12a7.5 7.5 0 1 0 2.3-5.4L4.5 9"/><path d="M4.5 4.5V9H9M12 8v4.3l3 1.7"/>',
    "home": '<path d="m3.5 11.5 8.5-7.5 8.5 7.5"/><path d="M6 10v10h12V10M10 20v-5.5h4V20"/>',
    "inbox": '<path d="M4 13.5 6.5 5h11l2.5 8.5V19H4z"/><path d="M4 13.5h4.5l1.3 2.5h4.4l1.3-2.5H20"/>',
    "info": '<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5.2M12 7.8V8"/>',
    "key": '<circle cx="8" cy="15.5" r="4"/><path d="m11 12.5 8.5-8.5M15.5 8l3 3"/>',
    "link": '<path d="M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 '
    '11 18.7l1-1"/>',
    "list": '<path d="M9 6.5h11M9 12h11M9 17.5h11M4.5 6.5h.6M4.5 12h.6M4.5 17.5h.6"/>',
    "lock": '<path d="M5.5 11h13v9h-13zM8.5 11V8a3.5 3.5 0 0 1 7 0v3"/>',
    "menu": '<path d="M4 6.5h16M4 12h16M4 17.5h16"/>',
    "next": '<path d="M5 12h14M13 6l6 6-6 6"/>',
    "people": '<circle cx="9" cy="8.5" r="3.3"/><path d="M3 19.5c.4-3.6 2.8-5.5 6-5.5s5.6 1.9 6 5.5"/>'
    '<path d="M15.5 5.6a3.2 3.2 0 0 1 0 5.9M17.5 14.6c2 .7 3.2 2.4 3.5 4.9"/>',
    "person": '<circle cx="12" cy="8" r="3.8"/><path d="M4.5 20c.5-4.2 3.5-6.3 7.5-6.3s7 2.1 7.5 6.3"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "print": '<path d="M7 9V4h10v5M7 17H4V9h16v8h-3"/><path d="M7 14h10v6H7z"/>',
    "report": '<path d="M5 3.5h14v17H5z"/><path d="M8.5 8h7M8.5 12h3M8.5 16l2 1.5 4-4.5"/>',
    "search": '<circle cx="10.5" cy="10.5" r="6"/><path d="m15 15 5 5"/>',
    "seal": '<path d="M12 3.5a3.3 3.3 0 0 1 2.6 5.3c-.9 1.2-.8 2.4-.4 '
    '3.7H19v4H5v-4h4.8c.4-1.3.5-2.5-.4-3.7A3.3 3.3 0 0 1 12 3.5z"/>'
    '<path d="M5.5 20h13"/>',
    "send": '<path d="M21 3.5 3 11l7 3 3 7z"/><path d="m10 14 5-5"/>',
    "shield": '<path d="M12 3.5 5 6v6c0 4.4 3 7.2 7 8.5 4-1.3 7-4.1 7-8.5V6z"/><path d="m9 12 2.3 2.3L15.3 10"/>',
    "sign-out": '<path d="M10 4H5v16h5M9.5 12H20M16 8l4 4-4 4"/>',
    "table": '<path d="M4 5h16v14H4zM4 10h16M4 14.5h16M10 5v14"/>',
    "target": '<circle cx="12" cy="12" r="8.5"/><circle cx="12" cy="12" r="4.3"/><path d="M12 12h.1"/>',
    "task": '<path d="M4 4.5h16v15H4z"/><path d="m8 12 2.8 2.8L16 9.5"/>',
    "text-size": '<path d="M3 19 8.5 5 14 19M5 14.5h7"/><path d="m14 19 3.2-8 3.3 8M15 16.5h4.5"/>',
    "trash": '<path d="M4.5 6.5h15M9 6.5V4h6v2.5M6.5 6.5l1 14h9l1-14M10 10.5v6M14 10.5v6"/>',
    "upload": '<path d="M12 15.5v-11M7.5 9 12 4.5 16.5 9M4.5 19.5h15"/>',
}
