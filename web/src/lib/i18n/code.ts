/** Texts of signing by a code from an SMS, in Russian; loaded with it. */
import { plural } from './plural';
import { dateAndTime, minutesAndSeconds as clock } from './when';

export const c = {
  title: (count: number) => (count === 1 ? 'Подпись бюллетеня кодом' : `Подпись кодом: ${plural(count, 'бюллетень', 'бюллетеня', 'бюллетеней')}`),
  asking: 'Отправляем код…',
  sent: (phone: string) => `Код отправлен на ${phone}`,
  part: (part: number, of: number) => `Часть ${part} из ${of}: на каждые 32 бюллетеня приходит свой код.`,
  code: 'Код из SMS',
  hint: 'Шесть цифр из последнего сообщения. Никому их не говорите, и организатору тоже.',
  until: (seconds: number) => `Код действует ещё ${clock(seconds)}`,
  over: 'Код больше не действует. Запросите новый.',
  short: 'Введите все шесть цифр кода.',
  left: (left: number) => `Код неверный. Осталось попыток: ${left}.`,
  confirm: 'Подписать и отправить',
  sending: 'Отправляем голос…',
  again: 'Отправить код ещё раз',
  againIn: (seconds: number) => `Отправить ещё раз можно через ${clock(seconds)}`,
  noDigest: 'Страница открыта без https, поэтому подпись в браузере недоступна. Откройте адрес, который начинается с https.',
  ahead: {
    title: 'Подпись кодом из SMS',
    text: 'Каждый голос на этом собрании подтверждается кодом из SMS. Держите телефон рядом.',
    phone: (phone: string) => `Коды будут приходить на ${phone}. Если это не ваш номер, позвоните организатору до голосования.`,
    changed: (at: number, zone: string) => `Номер для кодов изменён ${dateAndTime(at, zone)}. Если вы об этом не просили, позвоните организатору.`,
    noPhone: 'Голосовать здесь не получится: нет номера телефона',
    basis: (basis: string) => `Основание простой подписи: ${basis}.`,
  },
};
