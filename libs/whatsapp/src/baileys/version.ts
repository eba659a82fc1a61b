/** The WhatsApp Web version that Baileys 7.0.0-rc14 was released with. Nothing on the connect path looks it up. */
export const PINNED_WHATSAPP_VERSION: [number, number, number] = [2, 3000, 1043857760];
